/** Writes rows of CSV. [spec] RFC 4180: the cells are separated by commas, and each row ends with CR LF. */

/**
 * Returns one row. A program for spreadsheets would run a cell that begins with `=`, `+`, `-`, `@`, tab or CR as a formula.
 * Such a cell gets an apostrophe before its text. Null becomes an empty cell.
 */
export function csvRow(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(value: string | number | null): string {
  if (value === null || typeof value === 'number') return String(value ?? '')
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
