/**
 * The canonical form of a board. The digest of a board is the SHA-256 of this form in UTF-8. The server and its clients
 * share this code. This file imports no package, because browsers run this code.
 */
import type {Board, BoardStory} from './board.ts'
import {canonicalJson, canonicalObject} from './canonical-json.ts'
import type {BoardTask} from './task.ts'

/** The part of a board that its digest covers: the sprint, the stories and the tasks. */
export type BoardContent = Pick<Board, 'sprint' | 'stories'>

/** The canonical texts of stories and tasks. The text of a story contains the texts of its tasks. */
export type BoardTexts = ReadonlyMap<BoardStory | BoardTask, string>

/**
 * Returns the canonical text of the object `{sprint, stories}`. The stories and tasks are in the order of the board.
 * Descriptions, checklists and links are omitted, because a board from the server has none, and events may add them to a
 * client's board. A story or task that is in `known` is not encoded again.
 */
export function canonicalBoard(board: BoardContent, known?: BoardTexts): string {
  return [...canonicalParts(board, known)].join('')
}

/** Returns the parts of the text of `canonicalBoard`. Each story is a separate part. */
export function* canonicalParts({sprint, stories}: BoardContent, known?: BoardTexts): Generator<string> {
  yield `{"sprint":${canonicalJson(sprint)},"stories":[`
  let separator = ''
  for (const story of stories) {
    yield separator
    yield known?.get(story) ?? canonicalStory(story, known)
    separator = ','
  }
  yield ']}'
}

function canonicalStory({description: _, ...story}: BoardStory, known: BoardTexts | undefined): string {
  return canonicalObject(story, (value, name) => {
    if (name !== 'tasks') return canonicalJson(value)
    return `[${story.tasks.map(task => known?.get(task) ?? canonicalTask(task)).join()}]`
  })
}

function canonicalTask({description: _, checklist: __, links: ___, ...task}: BoardTask): string {
  return canonicalJson(task)
}

const textsPerTurn = 250 // encoding 250 tasks takes about a millisecond

/**
 * Encodes the stories and tasks of a board. Calls `pause` between them, so that a large board does not block the event
 * loop.
 */
export async function encodeBoard(
  {stories}: BoardContent,
  pause: () => Promise<unknown>,
): Promise<BoardTexts> {
  const texts = new Map<BoardStory | BoardTask, string>()
  for (const story of stories) {
    for (const task of story.tasks) {
      texts.set(task, canonicalTask(task))
      if (texts.size % textsPerTurn === 0) await pause()
    }
    texts.set(story, canonicalStory(story, texts))
    if (texts.size % textsPerTurn === 0) await pause()
  }
  return texts
}
