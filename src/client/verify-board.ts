/**
 * Compares a board with a checkpoint of the server. `keepBoard` loads this module when the first checkpoint arrives, so
 * that pages load faster.
 */
import type {Api} from './api.ts'
import {digestOf} from './board-digest.ts'
import type {Board, Divergence} from './contract.ts'
import type {CheckpointArguments, Verification} from './verification.ts'

// When a board that was just fetched has a wrong digest again and again, another fetch does not help. Without this
// limit, each checkpoint would make every client of the board send two requests.
const maxInARow = 3

// After the limit, the board is fetched once in this time. It may match again after the server has been updated: during
// a rolling update, the digests of the earlier version may differ from the boards of the new version.
const retryDelayMs = 600_000

// After a fault of the server, all clients of a board find the divergence at the same checkpoint.
const maxReportDelayMs = 3_000

/**
 * The number of reloads since the last checkpoint that the board has matched, and the time of the checkpoint of the last
 * reload in milliseconds.
 */
const reloads = new WeakMap<object, {count: number; lastMs: number}>()

/** The digest of the last checkpoint. */
const digests = new WeakMap<object, Promise<unknown>>()

/**
 * Compares the board with the checkpoint. `board` is the board at the cursor of the checkpoint. When the digests differ,
 * fetches the board again and reports the divergence.
 */
export async function verifyBoard(
  kept: {verified: Verification | undefined},
  api: Api,
  sprint_id: string,
  board: Board,
  ...[{timestamp, cursor, digest: expected}, reload, notify]: CheckpointArguments
): Promise<void> {
  // A digest may take longer than the next one. The checkpoints are compared in their order, so that an older one does
  // not count after a newer one has matched.
  const digest = (digests.get(kept) ?? Promise.resolve()).catch(() => {}).then(() => digestOf(board))
  digests.set(kept, digest)
  const actual = await digest
  if (!actual) return
  if (actual === expected) {
    reloads.delete(kept)
    kept.verified = {at: new Date(timestamp)}
    notify('onVerified', kept.verified)
    return
  }
  const {count, lastMs} = reloads.get(kept) ?? {count: 0, lastMs: 0}
  const nowMs = Date.parse(timestamp)
  kept.verified = undefined
  if ((count >= maxInARow && nowMs - lastMs < retryDelayMs) || !reload()) return
  reloads.set(kept, {count: count + 1, lastMs: nowMs})
  const divergence: Divergence = {sprint_id, cursor, expected, actual}
  notify('onDivergence', divergence)
  await new Promise(resolve => setTimeout(resolve, Math.random() * maxReportDelayMs))
  // Nobody waits for the report. If the request fails, the next divergence is reported.
  await api.call('POST', '/divergences', divergence).catch(() => {})
}
