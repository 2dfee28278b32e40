/** Schema migrations: the SQL files of `schema/`, applied in the order of their names. */
import {readdir, readFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import {sql} from 'kysely'
import type {Database} from './connection.ts'
import {isLockTimeout} from './errors.ts'
import {runUnlimited} from './round-trips.ts'

const folder = new URL('../../schema/', import.meta.url)

/** The schema of the database does not fit this version of the program. The message says what the operator can do. */
export class SchemaError extends Error {
  readonly code: 'schema-outdated' | 'schema-too-new'

  constructor(code: SchemaError['code'], message: string) {
    super(message)
    this.name = 'SchemaError'
    this.code = code
  }
}

/**
 * Applies every file that has not been applied to this database. Each file is applied in a separate transaction.
 * Returns the names of the files that this call has applied. When several processes start at the same time, one process
 * applies a file while the other processes wait. If all files have already been applied, the database role needs no
 * right to create tables. Throws SchemaError 'schema-too-new'.
 * @param isWanted returns whether a file is applied. Default: all files are applied.
 */
export async function migrate(
  db: Database,
  isWanted: (name: string) => boolean = () => true,
): Promise<string[]> {
  const applied: string[] = []
  for (const name of (await pendingMigrations(db)).filter(isWanted)) {
    const statements = await readFile(new URL(name, folder), 'utf8')
    if (await applyWithoutQueue(db, name, statements)) applied.push(name)
  }
  return applied
}

/**
 * Checks the schema without changing it. Throws SchemaError 'schema-outdated' when a file has not been applied. Throws
 * SchemaError 'schema-too-new' when a newer version of the program has applied a file.
 */
export async function requireMigrated(db: Database): Promise<void> {
  const pending = await pendingMigrations(db)
  if (pending.length === 0) return
  throw new SchemaError(
    'schema-outdated',
    `The database schema is outdated: ${pending.join(', ')} must be applied. Run \`boardcast migrate\` as the owner of the tables.`,
  )
}

/**
 * Returns the sorted names of the files that have not been applied to this database. Throws SchemaError
 * 'schema-too-new' when a newer version of the program has applied a file.
 */
export async function pendingMigrations(db: Database): Promise<string[]> {
  const applied = await appliedMigrations(db)
  const files = await migrationFiles()
  const newer = applied.filter(name => !files.includes(name))
  if (newer.length > 0) {
    throw new SchemaError(
      'schema-too-new',
      `A newer version of Boardcast has changed the database schema (${newer.join(', ')}). Run the newer version.`,
    )
  }
  return files.filter(name => !applied.includes(name))
}

/** Returns the sorted names of the files that have been applied to this database. */
export async function appliedMigrations(db: Database): Promise<string[]> {
  const {rows} = await sql<{
    exists: boolean
  }>`select to_regclass('schema_migrations') is not null as exists`.execute(db)
  if (!rows[0]!.exists) return []
  const applied = await sql<{name: string}>`select name from schema_migrations order by name`.execute(db)
  return applied.rows.map(({name}) => name)
}

/** Returns the sorted names of the files in `schema/`. */
export async function migrationFiles(): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
}

/**
 * While a statement waits for an exclusive lock on a table, all later statements on the table must wait too. A
 * migration therefore waits only for a short time, and tries again later.
 */
async function applyWithoutQueue(db: Database, name: string, statements: string): Promise<boolean> {
  for (;;) {
    try {
      return await applyOnce(db, name, statements)
    } catch (error) {
      if (!isLockTimeout(error)) throw error
      await delay(retryDelayMs)
    }
  }
}

const maxLockWaitMs = 500 // shorter than the lock timeout of the statements that wait behind the migration
const retryDelayMs = 1_000

const migrationLock = 7230941205 // an arbitrary key for Postgres' advisory locks, used only here

async function applyOnce(db: Database, name: string, statements: string): Promise<boolean> {
  return db.transaction().execute(async trx => {
    await runUnlimited(trx, sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.compile(trx))
    await sql`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now()
    )`.execute(trx)
    const known = await sql`select from schema_migrations where name = ${name}`.execute(trx)
    if (known.rows.length > 0) return false
    await runUnlimited(trx, sql.raw(statements).compile(trx), {lockMs: maxLockWaitMs})
    await sql`insert into schema_migrations (name) values (${name})`.execute(trx)
    return true
  })
}
