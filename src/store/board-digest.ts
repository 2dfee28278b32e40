/** Computes the digest of a board. */
import {createHash} from 'node:crypto'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {
  type BoardContent,
  type BoardTexts,
  canonicalBoard,
  canonicalParts,
  encodeBoard,
} from '../board/canonical-board.ts'

/** Returns the SHA-256 of the board's canonical form, in lower-case hex. */
export function digestOf(board: BoardContent, known?: BoardTexts): string {
  return createHash('sha256').update(canonicalBoard(board, known)).digest('hex')
}

const charactersPerTurn = 256 * 1024 // the hash of 256 KiB takes 1 to 2 ms; a board of 10,000 tasks has 6 MB

/** Like `digestOf`, but encodes and hashes a large board over several turns of the event loop. */
export async function digestInTurns(board: BoardContent, known?: BoardTexts): Promise<string> {
  const texts = known ?? (await encodeInTurns(board))
  const hash = createHash('sha256')
  let hashed = 0
  for (const part of canonicalParts(board, texts)) {
    hash.update(part)
    hashed += part.length
    if (hashed < charactersPerTurn) continue
    hashed = 0
    await nextTurn()
  }
  return hash.digest('hex')
}

/** Encodes the board over several turns of the event loop. `digestOf` accepts the result as `known`. */
export function encodeInTurns(board: BoardContent): Promise<BoardTexts> {
  return encodeBoard(board, nextTurn)
}
