import type {Compilable, QueryExecutorProvider, RawBuilder} from 'kysely'

/** Returns a statement in SQL in the form of the statements that Kysely builds, for the `writes` of a change. */
export function compilable(trx: QueryExecutorProvider, statement: RawBuilder<unknown>): Compilable {
  return {compile: () => statement.compile(trx)}
}
