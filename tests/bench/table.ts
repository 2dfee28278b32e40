/** Formats the results: a table for each row of the bench, and a table of the targets, which are called bars. */

/** The result of one row of the bench. */
export interface Result {
  /** Names the subject and the conditions of the measurement. */
  title: string
  columns: readonly string[]
  lines: readonly Cell[][]
  /** Explains how the figures were measured. */
  notes?: readonly string[]
  bars?: readonly Bar[]
}

/** A figure or a text, or null when nothing was measured. */
export type Cell = number | string | null

/** A performance target of the project. */
export interface Bar {
  name: string
  /** The limit as text, for example `≤ 1.3 × floor`. */
  limit: string
  /** NaN when the program for the comparison is not installed. */
  value: number
  isReached: boolean
  /** The reason why this machine is not suitable for the measurement. Default: the machine is suitable. */
  notJudged?: string
}

export function atMost(name: string, limit: number, of: string, value: number): Bar {
  return {name, limit: `≤ ${formatCell(limit)} ${of}`, value, isReached: value <= limit}
}

export function atLeast(name: string, limit: number, of: string, value: number): Bar {
  return {name, limit: `≥ ${formatCell(limit)} ${of}`, value, isReached: value >= limit}
}

export function formatResult({title, columns, lines, notes = []}: Result): string {
  return [`## ${title}`, '', ...formatTable(columns, lines), '', ...notes.map(note => `- ${note}`), ''].join(
    '\n',
  )
}

export function formatBars(bars: readonly Bar[]): string {
  const lines = bars.map(({name, limit, value, isReached, notJudged}) => {
    const judged = notJudged === undefined ? (isReached ? 'yes' : 'NO') : `not judged: ${notJudged}`
    const reached = Number.isNaN(value) ? 'not measured' : judged
    return [`${name} ${limit}`, reached, value]
  })
  return ['## Bars', '', ...formatTable(['bar', 'reached', 'value'], lines), ''].join('\n')
}

/** Returns a Markdown table with aligned columns. */
function formatTable(columns: readonly string[], lines: readonly Cell[][]): string[] {
  const cells = [columns, ...lines].map(line => line.map(formatCell))
  const widths = columns.map((_, column) => Math.max(...cells.map(line => line[column]!.length)))
  const rows = cells.map(line => line.map((cell, column) => pad(cell, widths[column]!, column)))
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [rows[0]!, rule, ...rows.slice(1)].map(row => `| ${row.join(' | ')} |`)
}

/** Aligns names to the left and figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

/** Rounds figures to three significant digits, because the measurements are not more precise. */
function formatCell(cell: Cell): string {
  if (cell === null || Number.isNaN(cell)) return '–'
  if (typeof cell === 'string') return cell
  if (Math.abs(cell) >= 1000) return Number(cell.toPrecision(3)).toLocaleString('en-US')
  return String(Number(cell.toPrecision(3)))
}
