/** What a stream says of itself, in the same framing as the events of the log; never in the log. */
import {z} from 'zod'
import {instant} from './fields.ts'

/** Why a cursor cannot be served: pruned, of another history, beyond the end, or no cursor at all. */
export const resetReasons = ['expired', 'epoch', 'ahead', 'malformed'] as const
export type ResetReason = (typeof resetReasons)[number]

/** Why a stream ends at once, to be tried again later. */
export const unavailableReasons = ['store', 'limit', 'draining'] as const
export type UnavailableReason = (typeof unavailableReasons)[number]

const cursor = z.string().meta({description: 'A position in the event log, `<epoch>-<seq>`.'})

export const streamEventSchemas = {
  'stream.open': z
    .object({type: z.literal('stream.open'), timestamp: instant, cursor, heartbeat_seconds: z.number()})
    .meta({id: 'StreamOpenEvent', description: 'The first event: where the stream starts.'}),
  'stream.ready': z
    .object({type: z.literal('stream.ready'), timestamp: instant, cursor, replayed: z.int()})
    .meta({id: 'StreamReadyEvent', description: 'The replay is done; live from here.'}),
  'stream.heartbeat': z
    .object({type: z.literal('stream.heartbeat'), timestamp: instant, checked_at: instant})
    .meta({id: 'StreamHeartbeatEvent', description: 'When the log was last looked at.'}),
  'stream.reset': z
    .object({type: z.literal('stream.reset'), timestamp: instant, reason: z.enum(resetReasons), cursor})
    .meta({id: 'StreamResetEvent', description: 'The cursor cannot be served; live from the head follows.'}),
  'stream.unavailable': z
    .object({type: z.literal('stream.unavailable'), timestamp: instant, reason: z.enum(unavailableReasons)})
    .meta({id: 'StreamUnavailableEvent', description: 'The stream ends; come back after `retry`.'}),
  'stream.drain': z
    .object({type: z.literal('stream.drain'), timestamp: instant})
    .meta({id: 'StreamDrainEvent', description: 'This process is stopping; the stream ends.'}),
} as const

export type StreamEventType = keyof typeof streamEventSchemas
export const streamEventTypes = Object.keys(streamEventSchemas) as StreamEventType[]

const {'stream.open': open, ...others} = streamEventSchemas
export const streamEventSchema = z
  .discriminatedUnion('type', [open, ...Object.values(others)])
  .meta({id: 'StreamEvent', description: 'What a stream says of itself; never in the event log.'})
export type StreamEvent = {
  [T in StreamEventType]: z.infer<(typeof streamEventSchemas)[T]>
}[StreamEventType]
