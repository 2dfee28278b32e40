/** Pure functions that find the place to which a member moves a card or a row in its list. */

/** An element of a list: the id of its thing, and its edges in CSS pixels from the top of the viewport. */
export interface Box {
  id: string
  top: number
  bottom: number
}

/** A place between two elements of a list. */
export interface Gap {
  /** The id of the element below the place, or null at the end of the list. */
  beforeId: string | null
  /** The middle of the gap, in CSS pixels from the top of the viewport. */
  y: number
}

/** The neighbour next to which a thing moves. The API has a rank route with the same two forms. */
export type Neighbour = {afterId: string} | {beforeId: string}

export type Move = 'up' | 'down' | 'top' | 'bottom'

const halfGapPx = 4

/** Returns the place that is nearest to the height `y`. Returns undefined when the list is empty. */
export function gapAt(boxes: readonly Box[], y: number): Gap | undefined {
  const below = boxes.findIndex(({top, bottom}) => y < (top + bottom) / 2)
  const next = boxes[below]
  const previous = below === -1 ? boxes.at(-1) : boxes[below - 1]
  if (previous && next) return {beforeId: next.id, y: (previous.bottom + next.top) / 2}
  if (next) return {beforeId: next.id, y: next.top - halfGapPx}
  return previous && {beforeId: null, y: previous.bottom + halfGapPx}
}

/** Returns the index that the thing has after its move to the place. `ids` may contain the thing. */
export function indexAfter(ids: readonly string[], id: string, beforeId: string | null): number {
  const others = ids.filter(other => other !== id)
  if (beforeId === id) return ids.indexOf(id)
  const index = beforeId === null ? -1 : others.indexOf(beforeId)
  return index === -1 ? others.length : index
}

/** Returns the index after the move. At an edge of the list, returns the present index. */
export function indexOfMove(ids: readonly string[], id: string, move: Move): number {
  const last = ids.length - 1
  const index = ids.indexOf(id)
  return {up: Math.max(index - 1, 0), down: Math.min(index + 1, last), top: 0, bottom: last}[move]
}

/**
 * Returns the neighbour that gives the thing this index among the elements that are shown. A thing that moves up stays
 * directly before the element that it passes last, and a thing that moves down directly after it, because a filter may
 * hide elements between the two neighbours. Returns undefined when the thing has this index already, or has no neighbour.
 */
export function neighbourAt(ids: readonly string[], id: string, index: number): Neighbour | undefined {
  const before = ids.indexOf(id)
  if (before === index) return undefined
  const others = ids.filter(other => other !== id)
  const [previous, next] = [others[index - 1], others[index]]
  if (next !== undefined && (previous === undefined || before > index)) return {beforeId: next}
  return previous === undefined ? undefined : {afterId: previous}
}

/** Returns the neighbour beside which the thing is now. Returns undefined when the thing is alone. */
export function presentNeighbour(ids: readonly string[], id: string): Neighbour | undefined {
  const index = ids.indexOf(id)
  if (index > 0) return {afterId: ids[index - 1]!}
  return index === 0 && ids[1] !== undefined ? {beforeId: ids[1]} : undefined
}

/** Returns the ids in their order after the move. */
export function withIndex(ids: readonly string[], id: string, index: number): string[] {
  return ids.filter(other => other !== id).toSpliced(index, 0, id)
}

/** Returns what a screen reader says after a move, for example 'Fill the tank: 3 of 12'. */
export function placeText(title: string, index: number, total: number): string {
  return `${title}: ${index + 1} of ${total}`
}
