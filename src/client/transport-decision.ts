/**
 * Decides whether something between the client and the server holds a stream back. The client compares the silent stream
 * with the request `GET /me`, which takes the same path. All functions in this file are pure; `transport-finder.ts`
 * manages the request and the timer.
 *
 *     asking ──answered──▶ comparing ──elapsed──▶ held
 *       │ failed, opened      │ opened, slept
 *       ▼                     ▼
 *     clear ◀─────────────────┘
 *
 * - A slow network delays the stream and the request. After a slow request, the client therefore waits longer.
 * - When the request fails, the connection or the server is down. Another transport would not help.
 * - When two open streams in a row became silent, a proxy may pass the first bytes of a stream and hold the later bytes
 *   back. In this case, `opened` changes nothing, and `answered` leads from `asking` to `held`.
 */
import type {Verdict} from './remember-verdict.ts'

/** A stream is held back when it is silent this number of times longer than the request took. */
const slowerThanRequest = 4

export interface Finding {
  phase: 'asking' | 'comparing' | 'held' | 'clear'
  /** Whether open streams became silent. If false, the stream has not opened. */
  hadOpened: boolean
  /** Set in `comparing`: the milliseconds until `elapsed`. */
  waitMs?: number
}

export type Observation =
  /** `GET /me` succeeded after this number of milliseconds. */
  | [name: 'answered', milliseconds: number]
  /** `GET /me` failed. */
  | [name: 'failed']
  /** The stream has opened. */
  | [name: 'opened']
  /** The time `waitMs` has passed. */
  | [name: 'elapsed']
  /** The machine slept while the time passed. The connection may therefore be dead. */
  | [name: 'slept']

export function startFinding(hadOpened: boolean): Finding {
  return {phase: 'asking', hadOpened}
}

/** Returns the state after the observation. */
export function decide(finding: Finding, [name, milliseconds = 0]: Observation): Finding {
  const {phase, hadOpened} = finding
  const isOver = phase === 'held' || phase === 'clear'
  if (!isOver && name === 'opened' && !hadOpened) return {phase: 'clear', hadOpened}
  if (phase === 'asking' && name === 'failed') return {phase: 'clear', hadOpened}
  if (phase === 'asking' && name === 'answered') {
    if (hadOpened) return {phase: 'held', hadOpened}
    return {phase: 'comparing', hadOpened, waitMs: (slowerThanRequest - 1) * milliseconds}
  }
  if (phase === 'comparing' && name === 'elapsed') return {phase: 'held', hadOpened}
  if (phase === 'comparing' && name === 'slept') return {phase: 'clear', hadOpened}
  return finding
}

/**
 * Returns the next transport after a stream was held back. `verdict` is the verdict that the attempt has used. The next attempt is another stream, because a lost packet can
 * delay one connection. When this stream is held back too, or when a proxy holds later bytes back, long polls follow.
 */
export function nextTransport({hadOpened}: Finding, verdict: Verdict | undefined): Verdict['name'] {
  return hadOpened || (verdict && !verdict.isConfirmed) ? 'poll' : 'fetch'
}
