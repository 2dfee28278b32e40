/** Computes the digest of a board with the hash function of the browser or of Node. */
import {canonicalBoard, encodeBoard} from '../board/canonical-board.ts'
import type {Board} from './contract.ts'

/**
 * Returns the digest of the board, as in `GET /sprints/{id}/board` and in `stream.checkpoint`. Returns undefined where
 * `crypto.subtle` does not exist, for example on a page that was loaded over plain HTTP.
 */
export async function digestOf(board: Pick<Board, 'sprint' | 'stories'>): Promise<string | undefined> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  if (!subtle) return undefined
  const text = canonicalBoard(board, await encodeBoard(board, nextTurn))
  const hash = await subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('')
}

function nextTurn(): Promise<unknown> {
  return new Promise(resolve => setTimeout(resolve))
}
