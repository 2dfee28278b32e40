/**
 * The order of the tasks and stories of a project: by `rank`, and by `id` where two ranks are equal. A rank is a
 * fractional index: between two ranks, there is always another one. This file imports no package, because browsers run
 * this code.
 */

/** A task or a story, or the part of it that determines its place. */
export interface Ranked {
  id: string
  rank: string
}

/** Compares two tasks or two stories of a project, for `Array.prototype.sort`. */
export function compareRanks(one: Ranked, other: Ranked): number {
  // Ranks and ids are ASCII, so the order of their code units is the order of their bytes.
  if (one.rank !== other.rank) return one.rank < other.rank ? -1 : 1
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const maxMilliseconds = 62 ** 7 - 1 // in the year 2081

/**
 * Returns the rank of a new task or story: the time in its id, so that no other rank must be read. The id is a UUIDv7.
 * Ids of the same millisecond have different ranks, which are in the order of the ids. The function `first_rank` in
 * `schema/0018_ranks.sql` returns the same rank.
 */
export function firstRank(id: string): string {
  const hex = id.replaceAll('-', '')
  const milliseconds = Number.parseInt(hex.slice(0, 12), 16)
  // The sequence has 32 bits. The version and the variant of the UUID interrupt it.
  const high = Number.parseInt(hex.slice(13, 16), 16)
  const low = (Number.parseInt(hex.slice(16, 22), 16) & 0x3fffff) >> 2
  const fraction = base62(high * 2 ** 20 + low, 6).replace(/0+$/, '')
  // The letter of an integer with 7 digits in the format of the package `fractional-indexing`.
  return `g${base62(Math.min(milliseconds, maxMilliseconds), 7)}${fraction}`
}

function base62(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62)) text = digits[rest % 62] + text
  return text
}

/**
 * Returns a text that sorts between two ranks, for a board that shows a change before the server has responded. The text
 * is not a rank that the server would accept. Without `before`, the text sorts after `after`.
 */
export function textBetween(after = '', before?: string): string {
  if (!before?.startsWith(after)) return `${after}V`
  const [zeros] = before.slice(after.length).match(/^0*/)!
  return `${after}${zeros}0V`
}
