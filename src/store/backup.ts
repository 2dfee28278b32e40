/** Copies all data between the database and a backup. */
import {type CompiledQuery, type RawBuilder, sql, type Transaction} from 'kysely'
import {
  BackupError,
  type BackupHeader,
  type BackupWriter,
  type RowCounts,
  readBackupFile,
  writeBackupFile,
} from './backup-file.ts'
import type {Database} from './connection.ts'
import {isLockTimeout} from './errors.ts'
import {renewEpochs} from './event-log.ts'
import {appliedMigrations, migrate, migrationFiles, requireMigrated} from './migrate.ts'
import {runBatch, runUnlimited} from './round-trips.ts'
import type {Tables} from './tables.ts'

/** The tables of a backup. Each table is after the tables to which its foreign keys refer. */
export const backupTables = [
  'organizations',
  'members',
  'api_keys',
  'projects',
  'labels',
  'sprints',
  'sprint_days',
  'stories',
  'tasks',
  'task_blockers',
  'task_numbers',
  'comments',
  'search_documents',
  'escalations',
  'notifications',
  'activities',
  'agent_runs',
  'import_sources',
  'github_secrets',
  'github_deliveries',
  'event_streams',
  'events',
  'history',
  'idempotency_keys',
] as const satisfies readonly (keyof Tables)[]

// A backup does not contain sessions and tickets. After a restore, a browser that has signed out since the backup would
// otherwise be signed in again.
export const unsavedTables = ['sessions', 'tickets'] as const satisfies readonly (keyof Tables)[]

const rowsPerFetch = 1_000
const bytesPerInsert = 1024 * 1024 // characters of JSON
const maxLockWaitMs = 10_000 // longer than the longest statement of a server

/**
 * Writes all data of one moment to the file. The server can run during the backup. Throws SchemaError when the schema of
 * the database is outdated or too new.
 */
export async function backUp(db: Database, path: string): Promise<RowCounts> {
  await requireMigrated(db)
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async trx => {
      await liftTimeLimits(trx)
      const header = {schema: await appliedMigrations(trx), created_at: new Date().toISOString()}
      return writeBackupFile(path, header, async writer => {
        for (const table of backupTables) await writeTable(trx, table, writer)
      })
    })
}

async function writeTable(
  trx: Transaction<Tables>,
  table: keyof Tables,
  writer: BackupWriter,
): Promise<void> {
  await sql`declare backup no scroll cursor for
    select row_to_json(t)::text as json from ${sql.table(table)} t`.execute(trx)
  for (;;) {
    const {rows} = await sql<{json: string}>`fetch ${sql.lit(rowsPerFetch)} from backup`.execute(trx)
    for (const {json} of rows) await writer.writeRow(table, json)
    if (rows.length < rowsPerFetch) break
  }
  await sql`close backup`.execute(trx)
}

export interface RestoreOptions {
  /** Whether the data of the database are deleted first. When false, the database must hold no data. */
  replace: boolean
}

/**
 * Restores the backup in one transaction, and starts a new epoch of every organization. The whole file is checked before
 * the database is changed. Migrates the database. Throws BackupError, and SchemaError when a newer version of the program
 * has changed the schema of the database.
 */
export async function restore(db: Database, path: string, {replace}: RestoreOptions): Promise<RowCounts> {
  const {header, rows, sha256} = await readBackupFile(path)
  await prepareSchema(db, path, header)
  await db.transaction().execute(async trx => {
    await liftTimeLimits(trx)
    const tables = await existingTables(trx)
    await lockTables(trx, tables)
    await (replace ? runUnlimited(trx, sql`truncate ${tables}`.compile(trx)) : requireEmpty(trx))
    await withoutTriggers(trx, async () => {
      const inserts = new Inserts(trx)
      const copy = await readBackupFile(path, row => inserts.add(row.table, row.json))
      await inserts.flush()
      if (copy.sha256 !== sha256) {
        throw new BackupError('backup-changed', `The file ${path} was changed during the restore. Try again.`)
      }
    })
    await renewEpochs(trx)
  })
  await updateSchema(db)
  return rows
}

/** The data are restored when this function is called. Therefore, an error must not look like a failed restore. */
async function updateSchema(db: Database): Promise<void> {
  try {
    await migrate(db)
  } catch (cause) {
    throw new BackupError(
      'schema-outdated',
      `The data were restored, but the schema could not be updated. Run \`boardcast migrate\`. ${(cause as Error).message}`,
      {cause},
    )
  }
  // Without statistics, the first queries may be slow. Postgres also collects the statistics by itself later.
  await db
    .transaction()
    .execute(trx => runUnlimited(trx, sql`analyze`.compile(trx)))
    .catch(() => {})
}

/**
 * Applies the schema files that had been applied when the backup was written. The rows of the backup fit only this
 * schema.
 */
async function prepareSchema(db: Database, path: string, {schema, created_at}: BackupHeader): Promise<void> {
  const files = await migrationFiles()
  const newer = schema.filter(name => !files.includes(name))
  if (newer.length > 0) {
    throw new BackupError(
      'backup-too-new',
      `A newer version of Boardcast has written the backup ${path}. Restore the backup with the newer version.`,
    )
  }
  const applied = await appliedMigrations(db)
  if (applied.some(name => !schema.includes(name))) {
    throw new BackupError(
      'backup-outdated',
      `The backup of ${created_at} has an older schema than the database. Restore the backup into a database without tables. The schema is then updated after the restore.`,
    )
  }
  await migrate(db, name => schema.includes(name))
}

/** Collects rows, so that one statement inserts many rows. */
class Inserts {
  readonly #trx: Transaction<Tables>
  #table = ''
  #rows: string[] = []
  #bytes = 0

  constructor(trx: Transaction<Tables>) {
    this.#trx = trx
  }

  async add(table: string, json: string): Promise<void> {
    if (table !== this.#table || this.#bytes > bytesPerInsert) await this.flush()
    this.#table = table
    this.#rows.push(json)
    this.#bytes += json.length
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return
    const table = sql.table(this.#table)
    const rows = `[${this.#rows.join(',')}]`
    this.#rows = []
    this.#bytes = 0
    await sql`insert into ${table} select * from json_populate_recordset(null::${table}, ${rows}::json)`.execute(
      this.#trx,
    )
  }
}

/** Returns the list of all tables that exist. Tables are missing while the database has an older schema. */
async function existingTables(trx: Transaction<Tables>): Promise<RawBuilder<unknown>> {
  const known = [...backupTables, ...unsavedTables]
  const {rows} = await sql<{name: string}>`
    select name from unnest(${known}::text[]) as known (name) where to_regclass(name) is not null`.execute(
    trx,
  )
  return sql.join(rows.map(({name}) => sql.table(name)))
}

/** Servers that use the database wait until the restore has ended. */
async function lockTables(trx: Transaction<Tables>, tables: RawBuilder<unknown>): Promise<void> {
  try {
    const lock = sql`lock table ${tables} in access exclusive mode`.compile(trx)
    await runUnlimited(trx, lock, {lockMs: maxLockWaitMs})
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    throw new BackupError('database-in-use', 'The tables are in use. Stop the servers, and try again.')
  }
}

async function requireEmpty(trx: Transaction<Tables>): Promise<void> {
  const organization = await trx.selectFrom('organizations').select('id').limit(1).executeTakeFirst()
  if (!organization) return
  throw new BackupError(
    'database-not-empty',
    'The database already holds data. Nothing was restored. To delete this data and restore the backup, use --replace.',
  )
}

/**
 * Triggers check new data. A backup may contain data that cannot be new: a completed task may have an owner who was
 * removed later.
 */
async function withoutTriggers(trx: Transaction<Tables>, work: () => Promise<void>): Promise<void> {
  const alter = (verb: 'disable' | 'enable'): CompiledQuery[] =>
    // Tables are missing while the database has an older schema.
    backupTables.map(name =>
      sql`alter table if exists ${sql.table(name)} ${sql.raw(verb)} trigger user`.compile(trx),
    )
  const [first, ...others] = alter('disable')
  await runBatch(trx, others, first!)
  await work()
  const [last, ...earlier] = alter('enable')
  await runBatch(trx, earlier, last!)
}

/** Between two statements of a backup, the disk may be slow, so the open transaction may be idle for any time. */
async function liftTimeLimits(trx: Transaction<Tables>): Promise<void> {
  await runUnlimited(trx, sql`set local idle_in_transaction_session_timeout = 0`.compile(trx))
}
