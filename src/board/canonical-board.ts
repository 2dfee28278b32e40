/**
 * The canonical form of a board. The digest of a board is the SHA-256 of this form in UTF-8. The server and its clients
 * share this code. This file imports no package, because browsers run this code.
 */
import type {Board, BoardStory} from './board.ts'
import {canonicalJson, canonicalObject} from './canonical-json.ts'
import type {BoardTask} from './task.ts'

/** The part of a board that its digest covers: the sprint, the stories and the tasks. */
export type BoardContent = Pick<Board, 'sprint' | 'stories'>

/** The canonical texts of tasks. */
export type TaskTexts = ReadonlyMap<BoardTask, string>

/**
 * Returns the canonical text of the object `{sprint, stories}`. The stories and tasks are in the order of the board.
 * Descriptions are omitted, because a board from the server has no descriptions, and events may add descriptions to a
 * client's board. A task that is in `known` is not encoded again.
 */
export function canonicalBoard({sprint, stories}: BoardContent, known?: TaskTexts): string {
  const texts = stories.map(story => canonicalStory(story, known))
  return `{"sprint":${canonicalJson(sprint)},"stories":[${texts.join()}]}`
}

function canonicalStory({description: _, ...story}: BoardStory, known: TaskTexts | undefined): string {
  return canonicalObject(story, (value, name) => {
    if (name !== 'tasks') return canonicalJson(value)
    return `[${story.tasks.map(task => known?.get(task) ?? canonicalTask(task)).join()}]`
  })
}

function canonicalTask({description: _, ...task}: BoardTask): string {
  return canonicalJson(task)
}

const tasksPerTurn = 250 // encoding 250 tasks takes about a millisecond

/** Encodes the tasks of a board. Calls `pause` between tasks, so that a large board does not block the event loop. */
export async function encodeTasks(
  {stories}: BoardContent,
  pause: () => Promise<unknown>,
): Promise<TaskTexts> {
  const texts = new Map<BoardTask, string>()
  for (const {tasks} of stories) {
    for (const task of tasks) {
      texts.set(task, canonicalTask(task))
      if (texts.size % tasksPerTurn === 0) await pause()
    }
  }
  return texts
}
