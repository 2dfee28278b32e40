/**
 * The file format of backups: gzip-compressed lines. Each line is a name, a tab, and JSON. The first line is named
 * `boardcast-backup`, and describes the backup. The last line is named `end`, and contains the number of rows of each
 * table, and a hash of all lines before it. Every other line is a row, and its name is the name of the table.
 */
import {createHash, randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {createReadStream, createWriteStream} from 'node:fs'
import {open, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {createGunzip, createGzip} from 'node:zlib'
import {z} from 'zod'

/** The first line of a backup. */
export interface BackupHeader {
  /** The names of the schema files that had been applied to the database. */
  schema: string[]
  /** RFC 3339 in UTC with milliseconds. */
  created_at: string
}

/** The number of rows of each table. */
export type RowCounts = Readonly<Record<string, number>>

export type BackupErrorCode =
  | 'file-unusable'
  | 'backup-invalid'
  | 'backup-changed'
  | 'backup-outdated'
  | 'backup-too-new'
  | 'database-not-empty'
  | 'database-in-use'
  | 'schema-outdated'

/** A backup cannot be restored. The message says what the operator can do. */
export class BackupError extends Error {
  readonly code: BackupErrorCode

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackupError'
    this.code = code
  }
}

const format = 1
const startName = 'boardcast-backup'
const endName = 'end'
const headerSchema = z.object({format: z.int(), schema: z.array(z.string()), created_at: z.string()})
const endSchema = z.object({rows: z.record(z.string(), z.int()), sha256: z.string()})

export interface BackupWriter {
  /** Resolves when more rows can be written. Rejects when the file cannot be written. */
  writeRow(table: string, json: string): Promise<void>
}

/**
 * Writes a backup to `path`. Only the owner of the file can read it. The file appears at `path` when it is complete. If
 * `path` already exists, it is replaced then. When `writeRows` or a write fails, `path` stays as it was.
 */
export async function writeBackupFile(
  path: string,
  header: BackupHeader,
  writeRows: (writer: BackupWriter) => Promise<void>,
): Promise<RowCounts> {
  const partial = `${path}.${randomBytes(6).toString('hex')}.part`
  const gzip = createGzip()
  const written = pipeline(gzip, createWriteStream(partial, {flags: 'wx', mode: 0o600, flush: true}))
  const file = written.catch(error => {
    throw fileProblem(path, 'written', error)
  })
  file.catch(() => {}) // the error is thrown by `write` or by `await file`
  const hash = createHash('sha256')
  const rows: Record<string, number> = {}
  const write = async (name: string, json: string) => {
    const line = `${name}\t${json}\n`
    hash.update(line)
    if (!gzip.write(line)) await Promise.race([once(gzip, 'drain'), file])
  }
  try {
    await write(startName, JSON.stringify({format, ...header}))
    await writeRows({
      async writeRow(table, json) {
        rows[table] = (rows[table] ?? 0) + 1
        await write(table, json)
      },
    })
    gzip.end(`${endName}\t${JSON.stringify({rows, sha256: hash.digest('hex')})}\n`)
    await file
    await rename(partial, path)
    await flushFolder(dirname(path)) // without this, a power loss could undo the rename
    return rows
  } catch (error) {
    gzip.destroy()
    await file.catch(() => {})
    await rm(partial).catch(() => {}) // possibly the file was not created
    throw fileProblem(path, 'written', error)
  }
}

/** A row of a backup, as the database has printed it. */
export interface BackupRow {
  table: string
  json: string
}

/**
 * Reads the whole file, and calls `onRow` with each row. Resolves with the header and the numbers of rows when the file
 * is complete and unchanged since it was written. Otherwise throws BackupError 'backup-invalid', and `onRow` may have
 * been called for a part of the rows.
 */
export async function readBackupFile(
  path: string,
  onRow: (row: BackupRow) => Promise<void> | void = () => {},
): Promise<{header: BackupHeader; rows: RowCounts; sha256: string}> {
  const hash = createHash('sha256')
  let header: BackupHeader | undefined
  let end: z.infer<typeof endSchema> | undefined
  for await (const line of readLines(path)) {
    const tab = line.indexOf('\t')
    const [name, json] = [line.slice(0, tab), line.slice(tab + 1)]
    if (end) throw invalid(path, 'it has lines after its end')
    if (!header) header = parseHeader(path, name, json)
    else if (name === endName) end = parseJson(path, endSchema, json)
    else await onRow({table: name, json})
    if (!end) hash.update(`${line}\n`)
  }
  if (!header || !end) throw invalid(path, 'its end is missing')
  if (hash.digest('hex') !== end.sha256) throw invalid(path, 'its content was changed')
  return {header, ...end}
}

function parseHeader(path: string, name: string, json: string): BackupHeader {
  if (name !== startName) throw invalid(path, 'it is not a backup of Boardcast')
  const {format: version, ...header} = parseJson(path, headerSchema, json)
  if (version === format) return header
  throw new BackupError(
    'backup-too-new',
    `A newer version of Boardcast has written the backup ${path}. Restore the backup with the newer version.`,
  )
}

function parseJson<T>(path: string, schema: z.ZodType<T>, json: string): T {
  try {
    return schema.parse(JSON.parse(json))
  } catch {
    throw invalid(path, 'it has a malformed line')
  }
}

/** Only `\n` ends a line. The rows may contain other characters that Node's `readline` takes for the end of a line. */
async function* readLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const gunzip = createGunzip()
  file.on('error', error => gunzip.destroy(error))
  let rest = ''
  try {
    for await (const chunk of file.pipe(gunzip).setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      yield* lines
    }
  } catch (error) {
    throw isMalformed(error) ? invalid(path, 'it cannot be decompressed') : fileProblem(path, 'read', error)
  } finally {
    file.destroy()
  }
  if (rest !== '') throw invalid(path, 'its last line is incomplete')
}

function isMalformed(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException
  return code !== undefined && /^Z_\w+_ERROR$/.test(code)
}

/** Converts an error of the file system to a BackupError. Returns any other error unchanged. */
function fileProblem(path: string, verb: 'read' | 'written', error: unknown): unknown {
  const {syscall, message} = error as NodeJS.ErrnoException
  if (syscall === undefined) return error
  return new BackupError('file-unusable', `The file ${path} could not be ${verb}. ${message}`)
}

function invalid(path: string, reason: string): BackupError {
  return new BackupError(
    'backup-invalid',
    `The backup ${path} cannot be restored: ${reason}. Nothing was restored. Use another backup.`,
  )
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
