/**
 * Finds the next card in a direction. The functions compare positions on the screen, so these functions work for
 * columns and for grids.
 */

export interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

export type Direction = 'up' | 'down' | 'left' | 'right'

export const directions: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
}

/**
 * Returns the index of the nearest box in the direction, or undefined at the edge. For up and down, the box is in the
 * same column. For left and right, the box is in the nearest column that has a card. In this column, the result is the
 * box whose vertical position is closest to the vertical position of `from`.
 */
export function nextCard(from: Box, boxes: readonly Box[], direction: Direction): number | undefined {
  const isVertical = direction === 'up' || direction === 'down'
  const candidates = boxes
    .map((box, index) => ({
      index,
      along: distance(from, box, direction),
      across: offset(from, box, isVertical),
    }))
    .filter(({index, along}) => along > 0 && (!isVertical || overlaps(from, boxes[index]!)))
  const nearest = Math.min(...candidates.map(({along}) => along))
  // The tolerance is 2 pixels, because the positions of cards in one column may differ by a fraction of a pixel.
  const [next] = candidates
    .filter(({along}) => along < nearest + 2)
    .sort((one, other) => one.across - other.across)
  return next?.index
}

/**
 * Returns the distance from the box `from` to the box `to` in the direction. The distance is measured between the left
 * edges or between the top edges of the boxes. The distance is 0 or negative when `to` is not in this direction.
 */
function distance(from: Box, to: Box, direction: Direction): number {
  switch (direction) {
    case 'up':
      return from.top - to.top
    case 'down':
      return to.top - from.top
    case 'left':
      return from.left - to.left
    case 'right':
      return to.left - from.left
  }
}

function offset(from: Box, to: Box, isVertical: boolean): number {
  return isVertical ? Math.abs(to.left - from.left) : Math.abs(to.top - from.top)
}

function overlaps(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right
}
