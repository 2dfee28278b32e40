import assert from 'node:assert/strict'
import type {Backlog, Board} from '../../src/board/board.ts'

/**
 * Throws when a board that was updated with events differs from the current board of the server. The members may
 * differ. The updated board may lack a member who took a task after the board was
 * fetched. The updated board may still contain a member who has released all tasks. When a member is on both boards,
 * both boards must contain the same name. Descriptions are ignored, because the server's board has no descriptions.
 */
export function requireSameBoard(updated: unknown, current: unknown): void {
  const {members, ...rest} = withoutDescriptions(withoutCursor(updated))
  const {members: currentMembers, ...currentRest} = withoutCursor(current)
  assert.deepEqual(rest, currentRest)
  const names = new Map(currentMembers.map(({id, name}) => [id, name]))
  for (const {id, name} of members) if (names.has(id)) assert.equal(name, names.get(id))
}

/** Removes the descriptions and checklists that events have added to the stories and tasks. */
export function withoutDescriptions<B extends Board | Backlog>(board: B): B {
  const stories = board.stories.map(({description: _, ...story}) => ({
    ...story,
    tasks: story.tasks.map(({description: _, links: ___, checklist: __, ...task}) => task),
  }))
  return {...board, stories}
}

/** Removes the cursor and the digest, which only a board in a response contains. */
function withoutCursor(board: unknown): Board {
  const {cursor: _, digest: __, ...rest} = board as Board & {cursor?: string; digest?: string}
  return rest
}
