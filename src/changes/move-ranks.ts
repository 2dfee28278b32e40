/** Computes the ranks after a move of a task or story. */
import {generateNKeysBetween} from 'fractional-indexing'
import {compareRanks, type Ranked} from '../board/rank.ts'

/** The tasks or stories on both sides of a place, without the moved one. Each list starts with the nearest one. */
export interface Surroundings {
  before: readonly Ranked[]
  after: readonly Ranked[]
  /** The maximum length of each list. A shorter list ends with the first or the last one of the project. */
  size: number
}

const maxLength = 64
// A window of new ranks must be this short, so that the next moves to the same place do not need another window.
const shortLength = 24
const smallestWindow = 8

/**
 * Returns the new ranks by id, in the new order. Usually, only the moved one gets a new rank. When ranks beside the place
 * are equal, or when the new rank would be longer than 64 characters, neighbours get new ranks too. When the moved one is
 * already in the place, returns an empty map. Returns undefined when the surroundings are too small.
 */
export function moveRanks(moved: Ranked, around: Surroundings): ReadonlyMap<string, string> | undefined {
  const {before, after, size} = around
  const [previous] = before
  if (isInOrder(previous, moved) && isInOrder(moved, after[0])) return new Map()
  const equal = previous ? after.findIndex(({rank}) => rank !== previous.rank) : 0
  if (equal < 0 && after.length === size) return undefined
  const narrow = ranksOfWindow(moved, around, {before: 0, after: equal < 0 ? after.length : equal}, maxLength)
  if (narrow) return narrow
  for (let width = smallestWindow; width <= size; width *= 2) {
    const ranks = ranksOfWindow(moved, around, {before: width, after: width}, shortLength)
    if (ranks) return ranks
  }
  return undefined
}

function isInOrder(one: Ranked | undefined, other: Ranked | undefined): boolean {
  return !one || !other || compareRanks(one, other) < 0
}

/**
 * Returns new ranks for the moved one and for the given numbers of its new neighbours. Returns undefined when a rank would
 * be longer than `longest`, or when the surroundings do not contain the neighbours of the window.
 */
function ranksOfWindow(
  moved: Ranked,
  {before, after, size}: Surroundings,
  window: {before: number; after: number},
  longest: number,
): Map<string, string> | undefined {
  const low = before[window.before]
  const high = after[window.after]
  if ((!low && before.length === size) || (!high && after.length === size)) return undefined
  if (low && high && low.rank >= high.rank) return undefined
  const ranked = [...before.slice(0, window.before).reverse(), moved, ...after.slice(0, window.after)]
  const ranks = generateNKeysBetween(low?.rank, high?.rank, ranked.length)
  if (ranks.some(({length}) => length > longest)) return undefined
  const changed = ranked.map(({id, rank}, index) => ({id, before: rank, after: ranks[index]!}))
  return new Map(changed.filter(({before, after}) => before !== after).map(({id, after}) => [id, after]))
}
