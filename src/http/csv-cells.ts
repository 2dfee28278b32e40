/** Writes rows of CSV. [spec] RFC 4180: the cells are separated by commas, and each row ends with CR LF. */

/** The start of a file. Without it, Excel does not read the file as UTF-8. */
export const byteOrderMark = '\ufeff'

/**
 * Returns one row. A program for spreadsheets that separates the cells at commas would run a cell that begins with `=`,
 * `+`, `-`, `@`, one of their full-width forms, tab, CR or LF as a formula. Such a cell gets an apostrophe before its
 * text. A cell that already has apostrophes before such a character gets one more, so that an import can always remove
 * exactly one. Null becomes an empty cell.
 */
export function csvRow(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(value: string | number | null): string {
  if (value === null || typeof value === 'number') return String(value ?? '')
  const text = /^'*[=+\-@＝＋－＠\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
