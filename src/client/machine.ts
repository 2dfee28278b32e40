/** Tables of functions, and tuples of a name and arguments that call them: events, effects and messages. */

// biome-ignore lint/suspicious/noExplicitAny: the arguments differ from name to name
type Call = [name: string, ...args: any[]]

/** What a table of functions accepts, as tuples without the first argument. */
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
  // biome-ignore lint/suspicious/noExplicitAny: the types of the callers say what is in the table
  ;(table as any)[name]?.(...first, ...args)
}
