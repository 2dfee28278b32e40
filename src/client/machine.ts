/**
 * Calls functions by name. Events, effects and messages are tuples of a name and arguments; a table has the functions.
 */

// biome-ignore lint/suspicious/noExplicitAny: each name has different arguments
type Call = [name: string, ...args: any[]]

/** The tuples that a table of functions accepts. A tuple does not include the first argument of its function. */
export type Events<Table> = {
  [Name in keyof Table]: Table[Name] extends (first: never, ...args: infer Args) => unknown
    ? [name: Name, ...args: Args]
    : never
}[keyof Table]

/** A table with one function for each tuple. */
export type Handlers<Tuple extends Call> = {
  [Name in Tuple[0]]: (
    ...args: Extract<Tuple, [Name, ...unknown[]]> extends [unknown, ...infer Args] ? Args : never
  ) => void
}

/** Calls the function that the tuple names, if there is one, with `first` before the arguments of the tuple. */
export function call(table: object, [name, ...args]: Call, ...first: unknown[]): void {
  // biome-ignore lint/suspicious/noExplicitAny: the types of the callers guarantee the contents of the table
  ;(table as any)[name]?.(...first, ...args)
}
