/** `boardcast backup` and `boardcast restore`: copy all data into a file and back. */
import {backUp, type RestoreOptions, restore} from '../store/backup.ts'
import type {RowCounts} from '../store/backup-file.ts'
import type {Database} from '../store/connection.ts'

/** Writes a backup to `path`. Returns a message for the operator. Throws BackupError and SchemaError. */
export async function writeBackup(db: Database, path: string): Promise<string> {
  return `Wrote the backup ${path} (${describe(await backUp(db, path))}).`
}

/**
 * Restores the backup in `path`. Returns a message for the operator. Throws BackupError and SchemaError. When it throws,
 * the data of the database are unchanged, except when the code of the error is `schema-outdated`.
 */
export async function restoreBackup(db: Database, path: string, options: RestoreOptions): Promise<string> {
  const restored = describe(await restore(db, path, options))
  return `Restored the backup ${path} (${restored}). Streams are reset, because all earlier cursors are invalid. Members must sign in again on the page.`
}

function describe(rows: RowCounts): string {
  const count = (table: string) => (rows[table] ?? 0).toLocaleString('en-US')
  return `organizations: ${count('organizations')}, tasks: ${count('tasks')}, events: ${count('events')}`
}
