/**
 * Compares the checkpoints of the server with boards that are built only from the event log. Each board starts empty,
 * with the event that created its sprint.
 */
import {applyEvent} from '../../../src/board/apply-event.ts'
import type {Board} from '../../../src/board/board.ts'
import type {BoardEvent} from '../../../src/board/events.ts'
import {digestOf} from '../../../src/store/board-digest.ts'

/** A `stream.checkpoint` that a subscriber has received. */
export interface CheckpointRecord {
  sprintId: string
  seq: number
  digest: string
}

export interface LoggedEvent {
  seq: number
  event: Record<string, unknown>
}

export interface DigestVerdict {
  /** The checkpoints whose digests differ from the boards of the log. */
  wrong: CheckpointRecord[]
  /** The number of different boards that were compared. A board is the state of a sprint at one event. */
  boards: number
}

/** `log` contains all events of an organization. `checkpoints` may contain the same checkpoint several times. */
export function compareDigests(
  log: readonly LoggedEvent[],
  checkpoints: readonly CheckpointRecord[],
): DigestVerdict {
  const verdict: DigestVerdict = {wrong: [], boards: 0}
  for (const [sprintId, ofSprint] of groupBy(checkpoints, checkpoint => checkpoint.sprintId)) {
    const bySeq = groupBy(ofSprint, ({seq}) => seq)
    verdict.boards += bySeq.size
    let board: Board | undefined
    for (const {seq, event} of log) {
      board = boardAfter(board, sprintId, event)
      const received = bySeq.get(seq)
      if (!received) continue
      const expected = board && digestOf(board)
      verdict.wrong.push(...received.filter(({digest}) => digest !== expected))
      bySeq.delete(seq)
    }
    verdict.wrong.push(...[...bySeq.values()].flat()) // the log has no event with this seq
  }
  return verdict
}

function boardAfter(
  board: Board | undefined,
  sprintId: string,
  event: Record<string, unknown>,
): Board | undefined {
  if (board) return applyEvent(board, event as unknown as BoardEvent)
  const isFirst = event.type === 'sprint.created' && event.sprint_id === sprintId
  return isFirst ? {sprint: event.sprint as Board['sprint'], stories: [], labels: [], members: []} : undefined
}

function groupBy<T, Key>(items: readonly T[], keyOf: (item: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
