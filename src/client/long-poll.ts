/**
 * Receives events by long poll. Each answer of the server becomes the messages that a stream would contain, so that
 * `connection-state.ts` handles streams and long polls in the same way.
 */
import type {Problem} from '../board/problem.ts'
import type {Api} from './api.ts'
import type {PollAnswer} from './contract.ts'
import {leastRetryMs} from './limits.ts'
import type {Token} from './options.ts'
import {confirmVerdict, forgetVerdict, readVerdict} from './remember-verdict.ts'
import type {StreamEnd, Transport, TransportListener} from './transport.ts'
import {tryStream} from './try-stream.ts'
import type {VerdictPlace} from './verdicts.ts'

/**
 * How long the server may wait for an event. Many proxies end a request that has no response after 30 or 60 s. The
 * client treats the connection as dead after 2.5 times this time without an answer.
 */
const waitSeconds = 25

/**
 * The least time between two polls. When the client has used its spare polls, the longer time applies until events arrive
 * more slowly.
 */
const leastIntervalMs = 100
const longIntervalMs = 200
const mostSpare = 200

/** The delay after a temporary refusal: at least `leastMs`, and a random time of up to `jitterMs` in addition. */
const refusedDelay = {leastMs: 2_000, jitterMs: 8_000}
const drainingDelay = {leastMs: leastRetryMs, jitterMs: 1_000}

/** The delay until the next trial of a stream, when a trial showed nothing, for example because the server was down. */
const tryAgainMs = 300_000

export interface PollOptions {
  place: VerdictPlace
  /** Opens a stream, to try whether streams work again. */
  overStream: Transport
}

/**
 * With options, remembers that long polls work. When this verdict has ended, tries a stream in the background. If the
 * stream works, ends in the same way as a stream after `stream.drain`. Without options, uses long polls until the signal
 * aborts.
 */
export function overPoll(options?: PollOptions | false): Transport {
  return (api, path, token, signal, listener) => {
    const verdict = options ? pollVerdict(options, api, signal) : undefined
    void poll(api, path, token, signal, listener.message, verdict).then(listener.ended)
  }
}

/** The verdict that long polls are needed. */
interface PollVerdict {
  /** Long polls work. */
  confirm(): void
  /** The first long poll has failed. Forgets the verdict if long polls have never worked. */
  deny(): void
  /** Returns true when streams work again. When the verdict has ended, tries a stream in the background. */
  isOver(path: string): boolean
}

/** Polls until the signal aborts or the verdict is over. When a poll fails, resolves with the reason. */
async function poll(
  api: Api,
  path: string,
  token: Token,
  signal: AbortSignal,
  message: TransportListener['message'],
  verdict: PollVerdict | undefined,
): Promise<StreamEnd> {
  let phase = 'opening' as 'opening' | 'replaying' | 'live'
  let spare = mostSpare
  try {
    while (!signal.aborted && !verdict?.isOver(path)) {
      const startedAt = Date.now()
      const wait = phase === 'live' ? waitSeconds : 0
      const response = await api.open(`${path}&wait=${wait}`, token, 'application/json', signal)
      const answer: PollAnswer = await response.json()
      deliver(answer)
      if (wait > 0 || answer.events.length > 0) await pause(startedAt, answer.events.length > 0)
      token = await api.token()
    }
    send('stream.drain')
    return {}
  } catch (error) {
    return endAfter(error)
  }

  function deliver({events, cursor, reset, ready, presence = []}: PollAnswer): void {
    const timestamp = new Date().toISOString()
    // The receiver of a reset fetches the current state. This state includes the events of this answer.
    if (reset) send('stream.reset', cursor, {reason: reset.reason, cursor})
    else for (const {id, ...event} of events) message(JSON.stringify(event), id)
    if (phase === 'opening') {
      // `stream.open` follows the events, because its cursor is the cursor after the events.
      send('stream.open', cursor, {cursor, heartbeat_seconds: waitSeconds, isPolling: true})
      verdict?.confirm()
    }
    if (phase !== 'live' && ready) send('stream.ready', cursor, {timestamp})
    else send('stream.heartbeat', cursor, {checked_at: timestamp})
    for (const state of presence) send('presence.state', cursor, state)
    if (phase !== 'live') phase = ready ? 'live' : 'replaying'
    path = path.replace(/&lastEventId=[^&]*|$/, `&lastEventId=${cursor}`)
  }

  /** An answer without events can arrive early too, for example when the server stops. */
  async function pause(startedAt: number, hasEvents: boolean): Promise<void> {
    const elapsedMs = Math.max(0, Date.now() - startedAt) // the clock may have been set back
    const eventMs = spare > 0 ? leastIntervalMs : longIntervalMs
    const leastMs = hasEvents ? eventMs : leastRetryMs
    spare = Math.min(mostSpare, spare - 1 + Math.max(leastMs, elapsedMs) / longIntervalMs)
    // In a hidden tab, even a timer without a delay can take a second.
    if (elapsedMs < leastMs) await new Promise(resolve => setTimeout(resolve, leastMs - elapsedMs))
  }

  function endAfter(error: unknown): StreamEnd {
    const {code, data = {}} = error as Partial<Omit<Problem, 'code'>> & {code?: unknown}
    const {status, retry_after_seconds = 0} = data as {status?: number; retry_after_seconds?: number}
    const isFromServer = typeof code === 'string' && code !== 'unexpected-response'
    const isTemporary = isFromServer && (status === 429 || status === 503)
    const isForbidden = isFromServer && (status === 401 || status === 403)
    const isLive = phase === 'live'
    if (phase === 'opening' && !signal.aborted && !isTemporary && !isForbidden) verdict?.deny()
    if (isTemporary) {
      const isDraining = code === 'draining'
      send(isDraining && isLive ? 'stream.drain' : 'stream.unavailable')
      const {leastMs, jitterMs} = isDraining ? drainingDelay : refusedDelay
      return {retry: Math.max(leastMs, retry_after_seconds * 1_000) + Math.random() * jitterMs}
    }
    // On a stream, the server announces the end of a credential. If a new credential works, the status stays live.
    if (isLive && isForbidden) send('stream.expired')
    return {error}
  }

  function send(type: string, id = '', data: object = {}): void {
    message(JSON.stringify({type, ...data}), id)
  }
}

function pollVerdict({place, overStream}: PollOptions, api: Api, signal: AbortSignal): PollVerdict {
  let endsAt = Number.POSITIVE_INFINITY
  let isOver = false
  return {
    confirm() {
      const known = readVerdict(place)
      const isKnown = known?.name === 'poll' && known.isConfirmed
      endsAt = isKnown ? known.until : confirmVerdict(place, 'poll')
    },
    deny() {
      const known = readVerdict(place)
      if (known?.name === 'poll' && !known.isConfirmed) forgetVerdict(place)
    },
    isOver(path) {
      if (Date.now() >= endsAt) {
        endsAt = Number.POSITIVE_INFINITY
        void tryAgain(path)
      }
      return isOver
    },
  }

  async function tryAgain(path: string): Promise<void> {
    const result = await tryStream(overStream, api, path, signal)
    isOver = result === 'works'
    if (isOver) forgetVerdict(place)
    else if (result === 'unknown') endsAt = Date.now() + tryAgainMs
    else if (!signal.aborted) endsAt = confirmVerdict(place, 'poll')
  }
}
