/**
 * Calls functions by name. An event, an effect or a message is a tuple of a name and arguments. A table contains the
 * function for each name.
 */

// biome-ignore lint/suspicious/noExplicitAny: each name has different arguments
type Call = [name: string, ...args: any[]]

/**
 * The calls of the functions in a table. A call is a tuple of the name of the function and the arguments of the
 * function, without the first argument.
 */
export type Events<Table> = {
  [Name in keyof Table]: Table[Name] extends (first: never, ...args: infer Args) => unknown
    ? [name: Name, ...args: Args]
    : never
}[keyof Table]

/** A table with one function for each name that a tuple can have. */
export type Handlers<Tuple extends Call> = {
  [Name in Tuple[0]]: (
    ...args: Extract<Tuple, [Name, ...unknown[]]> extends [unknown, ...infer Args] ? Args : never
  ) => void
}

/**
 * Calls the function whose name is in the tuple. The function receives `first`, followed by the arguments in the tuple.
 * Does nothing when the table has no function with this name.
 */
export function call(table: object, [name, ...args]: Call, ...first: unknown[]): void {
  // biome-ignore lint/suspicious/noExplicitAny: the types of the callers guarantee the contents of the table
  ;(table as any)[name]?.(...first, ...args)
}
