/**
 * Chooses the rows of a list of cards that are rendered. A list may have thousands of cards, and only the cards near the
 * viewport are in the document. Each gap between rendered rows is one empty element that has the height of its rows.
 */

/** Part of a list: rows that are rendered, or a gap in place of rows. */
export type Part = {kind: 'rows'; first: number; end: number} | {kind: 'gap'; first: number; height: number}

/** Rows from `first` up to, but not including, `end`. */
export interface Range {
  first: number
  end: number
}

/**
 * Returns the rows that are visible between `top` and `bottom`. Both positions are in pixels below the top of the list.
 * `heights` are the heights of all rows.
 */
export function visibleRows(heights: readonly number[], top: number, bottom: number): Range {
  let first = 0
  let position = 0
  while (first < heights.length && position + heights[first]! <= top) position += heights[first++]!
  let end = first
  while (end < heights.length && position < bottom) position += heights[end++]!
  return {first, end}
}

/** Divides the list into rendered rows and gaps. The rows in `pinned` are always rendered. */
export function partsOf(heights: readonly number[], visible: Range, pinned: readonly number[]): Part[] {
  const parts: Part[] = []
  for (let row = 0; row < heights.length; row++) {
    const isRendered = (row >= visible.first && row < visible.end) || pinned.includes(row)
    const last = parts.at(-1)
    if (isRendered) {
      if (last?.kind === 'rows') last.end = row + 1
      else parts.push({kind: 'rows', first: row, end: row + 1})
    } else if (last?.kind === 'gap') last.height += heights[row]!
    else parts.push({kind: 'gap', first: row, height: heights[row]!})
  }
  return parts
}

/**
 * Returns the height of each row. A row is as high as its highest card. A row without a measured card has the height
 * `estimate`.
 */
export function rowHeights(
  ids: readonly string[],
  perRow: number,
  measured: ReadonlyMap<string, number>,
  estimate: number,
): number[] {
  const heights: number[] = []
  for (let index = 0; index < ids.length; index++) {
    const row = Math.floor(index / perRow)
    heights[row] = Math.max(heights[row] ?? 0, measured.get(ids[index]!) ?? 0)
  }
  return heights.map(height => height || estimate)
}
