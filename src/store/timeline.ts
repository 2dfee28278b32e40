/** Detects restores: Postgres starts a new timeline after a restore, and when a standby becomes the primary. */
import {sql} from 'kysely'
import type {Database} from './connection.ts'

/** Returns the timeline of the database, or undefined when it cannot be read, for example on some hosted databases. */
export async function readTimeline(db: Database): Promise<string | undefined> {
  try {
    const {rows} = await sql<{timeline: string}>`
      select left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as timeline`.execute(db)
    return rows[0]!.timeline
  } catch {
    return undefined
  }
}
