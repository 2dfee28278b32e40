/** Parses CSV. The columns are found by their names, and several columns can have the same name, as in Jira. */
import {CsvError, parse} from 'csv-parse/sync'
import type {NotKeptCounts} from './imported-board.ts'
import {invalidFile} from './invalid-file.ts'

const maxRows = 50_000
const maxColumns = 5_000 // Jira has a column for each comment of an issue
const maxRowBytes = 2 * 1024 * 1024

export interface CsvTable {
  /** The names of the columns, in lower case. */
  names: string[]
  rows: CsvRow[]
}

export class CsvRow {
  readonly #columns: ReadonlyMap<string, readonly number[]>
  readonly #cells: readonly string[]

  constructor(columns: ReadonlyMap<string, readonly number[]>, cells: readonly string[]) {
    this.#columns = columns
    this.#cells = cells
  }

  /** Returns the first cell that is not empty in a column with one of the names. */
  get(...names: readonly string[]): string {
    return this.all(...names)[0] ?? ''
  }

  /** Returns the cells that are not empty in all columns with one of the names. */
  all(...names: readonly string[]): string[] {
    const indexes = names.flatMap(name => this.#columns.get(name) ?? [])
    return indexes
      .map(index => withoutApostrophe(this.#cells[index] ?? ''))
      .filter(cell => cell.trim() !== '')
  }

  /** Returns those of the columns with these indexes whose cells are not empty. */
  filled(indexes: readonly number[]): number[] {
    return indexes.filter(index => this.#cells[index]?.trim())
  }
}

/** Counts the rows that have content in columns that are not used. The names of these columns are the example. */
export function reportUnused(
  {names, rows}: CsvTable,
  isUsed: (name: string) => boolean,
  notKept: NotKeptCounts,
): void {
  const unused = names.flatMap((name, index) => (name === '' || isUsed(name) ? [] : [index]))
  const filled = rows.map(row => row.filled(unused)).filter(indexes => indexes.length > 0)
  const withContent = new Set(filled.flat().map(index => names[index]))
  notKept.add('unused-fields', [...withContent].join(', '), filled.length)
}

/** Throws Problem 'invalid-file'. */
export function parseCsv(text: string): CsvTable {
  const [header = [], ...rows] = parseRows(text)
  if (rows.length > maxRows) throw invalidFile(`it has more than ${maxRows.toLocaleString('en')} rows`)
  if (header.length > maxColumns)
    throw invalidFile(`it has more than ${maxColumns.toLocaleString('en')} columns`)
  const names = header.map(name =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, ' '),
  )
  const columns = new Map<string, number[]>()
  for (const [index, name] of names.entries()) {
    const indexes = columns.get(name)
    if (indexes) indexes.push(index)
    else columns.set(name, [index])
  }
  return {names, rows: rows.map(cells => new CsvRow(columns, cells))}
}

function parseRows(text: string): string[][] {
  try {
    return parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: maxRowBytes,
      to: maxRows + 2, // a longer file is refused
    })
  } catch (error) {
    if (error instanceof CsvError) throw invalidFile(error.message)
    throw error
  }
}

/** Some programs separate the cells by semicolons or tabs. The first line shows it. */
function delimiterOf(text: string): string {
  const line = text.slice(0, 10_000).split(/[\r\n]/, 1)[0]!
  const countOf = (character: string) => line.split(character).length
  return [',', ';', '\t'].reduce((best, other) => (countOf(other) > countOf(best) ? other : best))
}

/** Removes the apostrophe that the export has added, see `csvRow`. */
function withoutApostrophe(cell: string): string {
  return /^'+[=+\-@＝＋－＠\t\r\n]/.test(cell) ? cell.slice(1) : cell
}
