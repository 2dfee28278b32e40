/** Computes the digest of a board. */
import {createHash} from 'node:crypto'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {type BoardContent, canonicalBoard, encodeTasks, type TaskTexts} from '../board/canonical-board.ts'

/** Returns the SHA-256 of the board's canonical form, in lower-case hex. */
export function digestOf(board: BoardContent, known?: TaskTexts): string {
  return createHash('sha256').update(canonicalBoard(board, known)).digest('hex')
}

/** Like `digestOf`, but encodes a large board over several turns of the event loop. */
export async function digestInTurns(board: BoardContent): Promise<string> {
  return digestOf(board, await encodeInTurns(board))
}

/** Encodes the tasks of the board over several turns of the event loop. `digestOf` accepts the result as `known`. */
export function encodeInTurns(board: BoardContent): Promise<TaskTexts> {
  return encodeTasks(board, nextTurn)
}
