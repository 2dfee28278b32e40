import {readdir, readFile} from 'node:fs/promises'
import {sql} from 'kysely'
import type {Database} from './connection.ts'

const folder = new URL('../../schema/', import.meta.url)

/**
 * Runs the files of `schema/` that this database has not seen, in order, each in a transaction of its own,
 * and answers their names. Several processes may start at once: the others wait, then find nothing to do.
 */
export async function migrate(db: Database): Promise<string[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  const applied: string[] = []
  for (const name of files) {
    const statements = await readFile(new URL(name, folder), 'utf8')
    if (await applyOnce(db, name, statements)) applied.push(name)
  }
  return applied
}

async function applyOnce(db: Database, name: string, statements: string): Promise<boolean> {
  return db.transaction().execute(async trx => {
    // Held to the end of the transaction; the number is ours alone.
    await sql`select pg_advisory_xact_lock(7230941205)`.execute(trx)
    await sql`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now()
    )`.execute(trx)
    const known = await sql`select from schema_migrations where name = ${name}`.execute(trx)
    if (known.rows.length > 0) return false
    await sql.raw(statements).execute(trx)
    await sql`insert into schema_migrations (name) values (${name})`.execute(trx)
    return true
  })
}
