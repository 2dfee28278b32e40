/** Control events report the state of the stream itself. The event log does not contain control events. */
import {z} from 'zod'
import {revocationReasons} from './access.ts'
import {boardDigest, instant} from './fields.ts'
import {presenceChangeSchema, presenceSchema} from './presence.ts'

/**
 * The reason why a stream cannot resume from a cursor:
 * - `expired`: the events after the cursor were pruned.
 * - `epoch`: the cursor belongs to another epoch.
 * - `ahead`: the cursor is beyond the head of the log.
 * - `malformed`: the value is not a cursor.
 */
export const resetReasons = ['expired', 'epoch', 'ahead', 'malformed'] as const
export type ResetReason = (typeof resetReasons)[number]

/**
 * The reason why the server cannot serve a stream. The server ends this stream, and the client should reconnect after
 * the `retry` delay.
 * - `store`: the database is unavailable.
 * - `limit`: too many streams are open.
 * - `rate-limited`: within one minute, the member has opened too many streams, or the IP address has sent too many
 *   invalid credentials.
 * - `draining`: this process is stopping.
 */
const unavailableReasons = ['store', 'limit', 'rate-limited', 'draining'] as const
export type UnavailableReason = (typeof unavailableReasons)[number]

const cursor = z.string().meta({description: 'A position in the event log, in the form `<epoch>-<seq>`.'})

const streamEventSchemas = {
  'stream.open': z
    .object({type: z.literal('stream.open'), timestamp: instant, cursor, heartbeat_seconds: z.number()})
    .meta({
      id: 'StreamOpenEvent',
      description: 'The first event of a stream. `cursor` is the position from which the stream starts.',
    }),
  'stream.ready': z
    .object({type: z.literal('stream.ready'), timestamp: instant, cursor, replayed: z.int()})
    .meta({id: 'StreamReadyEvent', description: 'The replay is complete. Live events follow.'}),
  'stream.heartbeat': z
    .object({type: z.literal('stream.heartbeat'), timestamp: instant, checked_at: instant})
    .meta({
      id: 'StreamHeartbeatEvent',
      description:
        'Sent at regular intervals while the stream is open. `checked_at` is the time when the server last read the log for this stream.',
    }),
  'stream.checkpoint': z
    .object({type: z.literal('stream.checkpoint'), timestamp: instant, cursor, digest: boardDigest})
    .meta({
      id: 'StreamCheckpointEvent',
      description:
        'Sent on streams of exactly one sprint, after changes of its board. `digest` is the digest of the board at `cursor`, as in `GET /sprints/{id}/board`. Compare the digest with the digest of your own board. When the digests differ, fetch the board again.',
    }),
  'presence.state': z
    .object({type: z.literal('presence.state'), timestamp: instant, ...presenceSchema.shape})
    .meta({
      id: 'PresenceStateEvent',
      description:
        'Sent on streams with `presence=true` for each sprint of the stream, after `stream.ready`, and again after the stream was too slow. Replaces the presence that you know. This event has no id.',
    }),
  'presence.changed': z
    .object({type: z.literal('presence.changed'), timestamp: instant, ...presenceChangeSchema.shape})
    .meta({
      id: 'PresenceChangedEvent',
      description:
        'Sent on streams with `presence=true` when the presence of a board has changed, at most once a second for each board. This event has no id.',
    }),
  'stream.reset': z
    .object({type: z.literal('stream.reset'), timestamp: instant, reason: z.enum(resetReasons), cursor})
    .meta({
      id: 'StreamResetEvent',
      description:
        'The stream cannot resume from the requested cursor. The stream continues with live events from the head of the log.',
    }),
  'stream.unavailable': z
    .object({type: z.literal('stream.unavailable'), timestamp: instant, reason: z.enum(unavailableReasons)})
    .meta({
      id: 'StreamUnavailableEvent',
      description:
        'The server cannot serve the stream and ends the stream. Reconnect after the `retry` delay.',
    }),
  'stream.expiring': z
    .object({type: z.literal('stream.expiring'), timestamp: instant, expires_at: instant})
    .meta({
      id: 'StreamExpiringEvent',
      description:
        'The credential of the stream ends at `expires_at`, in at most 60 s. Reconnect with a new credential. This event has no id.',
    }),
  'stream.expired': z.object({type: z.literal('stream.expired'), timestamp: instant}).meta({
    id: 'StreamExpiredEvent',
    description:
      'The credential ends in less than a second. The server ends the stream now. Reconnect with a new credential.',
  }),
  'stream.revoked': z
    .object({type: z.literal('stream.revoked'), timestamp: instant, reason: z.enum(revocationReasons)})
    .meta({
      id: 'StreamRevokedEvent',
      description:
        'The access of the client was withdrawn, and the stream ends. The reason `ticket-superseded` means that the ticket has opened another stream; do not reconnect. This event has no id.',
    }),
  'stream.drain': z.object({type: z.literal('stream.drain'), timestamp: instant}).meta({
    id: 'StreamDrainEvent',
    description:
      'The server process is stopping, and the stream ends. Reconnect after the `retry` delay, which is at most 1 s.',
  }),
} as const

export type StreamEventType = keyof typeof streamEventSchemas
export const streamEventTypes = Object.keys(streamEventSchemas) as StreamEventType[]

const {'stream.open': open, ...others} = streamEventSchemas
export const streamEventSchema = z.discriminatedUnion('type', [open, ...Object.values(others)]).meta({
  id: 'StreamEvent',
  description:
    'A control event reports the state of the stream itself. The event log does not contain control events.',
})
export type StreamEvent = {
  [T in StreamEventType]: z.infer<(typeof streamEventSchemas)[T]>
}[StreamEventType]
