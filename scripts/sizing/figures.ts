/** Reads the figures for a sizing from the JSON file of `npm run bench -- --out bench.json …`. */

/** The rows of the bench that a sizing needs. */
const neededRows = [
  'idle',
  'idle-50k',
  'fan-out',
  'channels',
  'connects',
  'changes',
  'bus',
  'organizations',
] as const
type RowName = (typeof neededRows)[number]

/** The part of the bench's JSON that this file reads. */
export interface Bench {
  machine: {processor: string; cores: number; memory: string; node: string}
  results: Readonly<Record<string, Row | undefined>>
}

interface Row {
  title: string
  columns: readonly string[]
  lines: readonly (readonly (string | number | null)[])[]
}

/** Measured figures. The unit of a figure whose name ends in `Us` is microseconds of CPU time. */
export interface Figures {
  /** The cores of the machine. */
  cores: number
  /** The memory of the machine in bytes. */
  memoryBytes: number
  /** Memory of the server's process for an open stream, in bytes. */
  streamBytes: number
  /** Memory of the server's process for an organization, including one stream, in bytes. */
  organizationBytes: number
  /** The CPU time for a heartbeat of one stream. */
  heartbeatUs: number
  /**
   * The CPU time for one event in one process. Each process that has a stream of the organization needs this time.
   * Includes one delivery.
   */
  eventUs: number
  /** The CPU time for one delivery of an event to one stream. */
  deliveryUs: number
  /** The CPU time for opening a stream. */
  connectUs: number
  /** The CPU time for a change, in the process that makes the change. Does not include the CPU time of Postgres. */
  changeUs: number
  /** The highest number of changes per second that Postgres made on this machine. */
  databaseChangesPerSecond: number
  /** The additional delay of an event at another process, with the Postgres bus. */
  busDelayMs: {p50: number; p99: number}
}

/**
 * If rows, lines or columns are missing, throws an error. The error names all missing rows, or the first missing line
 * or column.
 */
export function readFigures({machine, results}: Bench): Figures {
  const missing = neededRows.filter(name => !results[name])
  if (missing.length > 0) {
    throw new Error(
      `The bench lacks the rows ${missing.join(', ')}. Run: npm run bench -- --out bench.json ${neededRows.join(' ')}`,
    )
  }
  const figure = (name: RowName, line: number | string, column: string) =>
    readFigure(name, results[name]!, line, column)
  const countOf = (name: RowName) => readCount(name, results[name]!.title)
  const overHttp = findLine(results.changes!, /^Postgres/)
  const changesPerSecond = ['pgbench, same statements', overHttp]
    .filter(line => findLine(results.changes!, line))
    .map(line => figure('changes', line, 'changes/s'))
  const heartbeatsPerSecond = figure('idle-50k', 0, 'streams') / benchHeartbeatSeconds
  return {
    cores: machine.cores,
    memoryBytes: Number.parseFloat(machine.memory) * 2 ** 30,
    streamBytes: figure('idle', 'boardcast', 'RSS KB') * 1_000,
    organizationBytes: (figure('organizations', 'opened', 'RSS MB') * 1e6) / countOf('organizations'),
    heartbeatUs: (figure('idle-50k', 0, 'CPU % of a core') * 10_000) / heartbeatsPerSecond,
    eventUs: figure('channels', -1, 'CPU µs per event'),
    deliveryUs: figure('fan-out', 'boardcast', 'one per turn: CPU µs per delivery'),
    connectUs: (figure('connects', 'boardcast, distinct tokens', 'server CPU s') * 1e6) / countOf('connects'),
    changeUs: figure('changes', overHttp, 'server CPU µs/change'),
    databaseChangesPerSecond: Math.max(...changesPerSecond),
    busDelayMs: {
      p50: figure('bus', 'another process, Postgres bus', 'p50 later by ms'),
      p99: figure('bus', 'another process, Postgres bus', 'p99 later by ms'),
    },
  }
}

const benchHeartbeatSeconds = 15 // the interval in the row `idle-50k`

/** `line` is the text of the line's first cell, or the index of the line. The index -1 means the last line. */
function readFigure(name: RowName, {columns, lines}: Row, line: number | string, column: string): number {
  const cells = typeof line === 'number' ? lines.at(line) : lines.find(([first]) => first === line)
  const value = cells?.[columns.indexOf(column)]
  if (typeof value === 'number') return value
  throw new Error(`The row ${name} has no figure in the line '${line}' and the column '${column}'.`)
}

/** Finds the first line whose first cell matches `start`, and returns this cell. Returns '' if no line matches. */
function findLine({lines}: Row, start: RegExp | string): string {
  const names = lines.map(([first]) => String(first))
  return names.find(name => (typeof start === 'string' ? name === start : start.test(name))) ?? ''
}

/** Returns the number at the start of the title, for example 10,000. */
function readCount(name: RowName, title: string): number {
  const count = Number.parseInt(title.replaceAll(',', ''), 10)
  if (count > 0) return count
  throw new Error(`The title of the row ${name} does not start with a number.`)
}
