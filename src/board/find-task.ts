import type {Backlog, Board} from './board.ts'
import type {BoardTask} from './task.ts'

/** Returns undefined when the board has not been loaded or does not contain the task. */
export function findTask(board: Board | Backlog | undefined, taskId: string): BoardTask | undefined {
  return board?.stories.flatMap(({tasks}) => tasks).find(({id}) => id === taskId)
}
