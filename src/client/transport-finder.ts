/**
 * The code for paths on which something holds streams back. The client loads this module only when a stream stays
 * silent, or when it needs long polls. This module and the modules that it imports use only types of the other modules
 * of the client, and the numbers in `limits.ts`, so that no bundler repeats or moves the code of these modules.
 */
import type {Api} from './api.ts'
import type {ConnectionState} from './connection-state.ts'
import {confirmVerdict, proposeVerdict, readVerdict} from './remember-verdict.ts'
import {decide, nextTransport, type Observation, startFinding} from './transport-decision.ts'
import type {VerdictPlace} from './verdicts.ts'

export {overPoll} from './long-poll.ts'

const confirmMs = 5_000 // a stream that opens does so within this time
const sleepMs = 5_000 // when a timer is later than this, the machine has slept

export interface FinderStart {
  api: Api
  /** The state of the connection. `connection.ts` updates this object. */
  state: Readonly<ConnectionState>
  /** Aborts when the current attempt of the connection ends. */
  signal: AbortSignal
  place: VerdictPlace
  /** Whether the current attempt uses `fetch` because of a verdict. */
  isSecond: boolean
}

/**
 * Checks whether something holds the stream back. If so, writes a verdict and calls `reconnect`. Also calls `reconnect`
 * when another stream has found that long polls are needed.
 */
export function find({api, state, signal, place, isSecond}: FinderStart, reconnect: () => void): void {
  const verdict = readVerdict(place)
  if (verdict?.name === 'poll') {
    reconnect()
    return
  }
  let finding = startFinding(state.silences > 1)
  const askedAt = Date.now()
  api.call('GET', '/me').then(
    () => observe('answered', Date.now() - askedAt),
    () => observe('failed'),
  )

  function observe(...observation: Observation): void {
    if (signal.aborted) return
    if (state.phase !== 'connecting') finding = decide(finding, ['opened'])
    finding = decide(finding, observation)
    if (finding.phase === 'comparing') {
      const {waitMs = 0} = finding
      const dueAt = Date.now() + waitMs
      const timer = setTimeout(() => observe(Date.now() > dueAt + sleepMs ? 'slept' : 'elapsed'), waitMs)
      signal.addEventListener('abort', () => clearTimeout(timer))
    } else if (finding.phase === 'held') {
      const next = nextTransport(finding, isSecond ? verdict : undefined)
      proposeVerdict(place, next)
      reconnect()
      if (next === 'fetch') {
        const timer: unknown = setTimeout(confirmFetch, confirmMs, state, place)
        ;(timer as {unref?(): void}).unref?.() // in Node, the process may end before
      }
    }
  }
}

function confirmFetch({phase}: Readonly<ConnectionState>, place: VerdictPlace): void {
  const isOpen = phase === 'replaying' || phase === 'live'
  if (isOpen && readVerdict(place)?.name === 'fetch') confirmVerdict(place, 'fetch')
}
