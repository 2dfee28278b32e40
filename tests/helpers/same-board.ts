import assert from 'node:assert/strict'
import type {Board} from '../../src/board/board.ts'

/**
 * Throws unless a board that was updated with events equals the current board of the server. The members may differ:
 * events contain no names, so the updated board lacks the members who have taken a task since, and it still has the
 * members who have released all their tasks. A member of both boards must have the same name.
 */
export function requireSameBoard(updated: unknown, current: unknown): void {
  const {members, ...rest} = withoutCursor(updated)
  const {members: currentMembers, ...currentRest} = withoutCursor(current)
  assert.deepEqual(rest, currentRest)
  const names = new Map(currentMembers.map(({id, name}) => [id, name]))
  for (const {id, name} of members) if (names.has(id)) assert.equal(name, names.get(id))
}

/** The boards of responses also contain the cursor. */
function withoutCursor(board: unknown): Board {
  const {cursor: _, ...rest} = board as Board & {cursor?: string}
  return rest
}
