/** How results are printed: one table a row of the bench, and the bars at the end. */

/** What one row of the bench found. */
export interface Result {
  /** What was measured, under which conditions. */
  title: string
  columns: readonly string[]
  lines: readonly Cell[][]
  /** What a reader must know to trust the figures. */
  notes?: readonly string[]
  bars?: readonly Bar[]
}

/** A figure, a word, or null where nothing was measured. */
export type Cell = number | string | null

/** A figure that the project sets itself to reach. */
export interface Bar {
  name: string
  /** As in `≤ 1.3 × floor`. */
  limit: string
  /** NaN where what it takes is not installed. */
  value: number
  isReached: boolean
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
  const lines = bars.map(({name, limit, value, isReached}) => {
    const reached = Number.isNaN(value) ? 'not measured' : isReached ? 'yes' : 'NO'
    return [`${name} ${limit}`, reached, value]
  })
  return ['## Bars', '', ...formatTable(['bar', 'reached', 'value'], lines), ''].join('\n')
}

/** In Markdown, with columns of even width. */
function formatTable(columns: readonly string[], lines: readonly Cell[][]): string[] {
  const cells = [columns, ...lines].map(line => line.map(formatCell))
  const widths = columns.map((_, column) => Math.max(...cells.map(line => line[column]!.length)))
  const rows = cells.map(line => line.map((cell, column) => pad(cell, widths[column]!, column)))
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [rows[0]!, rule, ...rows.slice(1)].map(row => `| ${row.join(' | ')} |`)
}

/** Names stand to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

/** Three digits that count; more would be noise. */
function formatCell(cell: Cell): string {
  if (cell === null || Number.isNaN(cell)) return '–'
  if (typeof cell === 'string') return cell
  if (Math.abs(cell) >= 1000) return Number(cell.toPrecision(3)).toLocaleString('en-US')
  return String(Number(cell.toPrecision(3)))
}
