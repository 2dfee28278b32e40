/** Runs recorded statements with pgbench, the benchmark program of Postgres. */
import {execFile, execFileSync} from 'node:child_process'
import {promisify} from 'node:util'
import type {Statement} from '../../helpers/statements.ts'

export function hasPgbench(): boolean {
  try {
    execFileSync('pgbench', ['--version'])
    return true
  } catch {
    return false
  }
}

export interface PgbenchRun {
  url: string
  /** The path of the script. */
  script: string
  clients: number
  seconds: number
}

/** Returns how many times per second all clients together run the script. */
export async function runPgbench({url, script, clients, seconds}: PgbenchRun): Promise<number> {
  const options = ['-n', '-M', 'prepared', '-c', clients, '-j', 2, '-T', seconds, '-f', script, url]
  const {stdout} = await promisify(execFile)('pgbench', options.map(String))
  const [, tps] = /^tps = ([\d.]+)/m.exec(stdout) ?? []
  if (!tps) throw new Error(`pgbench reported no tps: ${stdout}`)
  return Number(tps)
}

/** Creates a script in which client number n sends the statements in `statements[n]`. */
export function pgbenchScript(statements: readonly Statement[][]): string {
  const branches = statements.map((own, client) => {
    const condition = `\\${client === 0 ? 'if' : 'elif'} :client_id = ${client}`
    return [condition, ...own.map(statement => `${inlineValues(statement)};`)].join('\n')
  })
  return `${branches.join('\n')}\n\\endif\n`
}

/**
 * Replaces the parameters with untyped literals. Postgres infers the types of literals and parameters in the
 * same way.
 */
function inlineValues({text, values}: Statement): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\$(\d+)/g, (_, number) => literal(values[number - 1]))
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  const text = Array.isArray(value) ? arrayText(value) : String(value)
  // pgbench reads a colon before a letter as the start of a variable, even within quotes. `\x3a` is a colon for
  // Postgres, but not for pgbench.
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll(':', '\\x3a')}'`
}

function arrayText(values: readonly unknown[]): string {
  const elements = values.map(value =>
    value === null ? 'null' : `"${String(value).replaceAll(/["\\]/g, character => `\\${character}`)}"`,
  )
  return `{${elements.join(',')}}`
}
