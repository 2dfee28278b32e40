/** Encodes events as bytes. A frame is encoded once, as a one-byte string, and written unchanged to every stream. */
import {EventBuffer} from 'better-sse'
import {formatCursor} from '../board/cursor.ts'
import type {StreamEvent, UnavailableReason} from '../board/stream-events.ts'
import type {LogRecord} from '../store/event-log.ts'
import {type DelayRange, retryWhenUnavailable} from './limits.ts'
import type {Matchable} from './selection.ts'

/** `event` names the type in an `event:` field. `message` leaves it in the data only, for a single `onmessage`. */
export type Framing = 'event' | 'message'

/** An encoded event, with the columns that selections match on. */
export interface Frame extends Matchable {
  seq: number
  /** In framing `event`. */
  bytes: string
}

/** The frames of a run that a selection wants, as one payload. */
export interface SelectedFrames {
  bytes: string
  /** The same bytes as a buffer that several sockets can share; only set for payloads that are sent repeatedly. */
  shared?: Buffer
  /** How many frames `bytes` holds. */
  count: number
  /** The seq up to which the run was examined. */
  upTo: number
}

const maxKnownStrings = 10_000 // about 1 MB

/** Encodes records. Frames share equal strings, so that a frame in memory is little more than its bytes. */
export class FrameEncoder {
  readonly #known = new Map<string, string>()

  frameOf(epoch: string, record: LogRecord): Frame {
    const {seq, type, recipients} = record
    const bytes = block(formatCursor({epoch, seq}), type, record.data)
    return {
      seq,
      type: this.#share(type),
      project_id: this.#share(record.project_id),
      sprint_id: this.#share(record.sprint_id),
      left_sprint_id: this.#share(record.left_sprint_id),
      story_id: this.#share(record.story_id),
      task_id: this.#share(record.task_id),
      recipients,
      bytes: flatten(bytes),
    }
  }

  #share<Text extends string | null>(text: Text): Text {
    if (text === null) return text
    const known = this.#known.get(text)
    if (known !== undefined) return known as Text
    if (this.#known.size >= maxKnownStrings) this.#known.clear()
    this.#known.set(text, text)
    return text
  }
}

/** A concatenated string keeps all its parts in memory: 1 KB for a frame of 300 bytes. */
function flatten(oneByteText: string): string {
  return Buffer.from(oneByteText, 'latin1').toString('latin1')
}

/** The frame's bytes in the given framing. */
export function bytesOf(frame: Frame, framing: Framing): string {
  return framing === 'event' ? frame.bytes : frame.bytes.replace(`\nevent:${frame.type}\n`, '\n')
}

/** An event of the stream itself, before it has a timestamp. */
export type ControlEvent = WithoutTimestamp<StreamEvent>
type WithoutTimestamp<T> = T extends StreamEvent ? Omit<T, 'timestamp'> : never

/** A control event's bytes. Without an id the client keeps the last id that it received. */
export function controlBytes({type, ...facts}: ControlEvent, framing: Framing, id?: string): string {
  const data = JSON.stringify({type, timestamp: new Date().toISOString(), ...facts})
  return block(id, framing === 'event' ? type : undefined, data)
}

/** The whole body of a stream that cannot be served: when to reconnect, and the reason. */
export function unavailableBytes(reason: UnavailableReason, framing: Framing): string {
  return retryBytes(retryWhenUnavailable) + controlBytes({type: 'stream.unavailable', reason}, framing)
}

/** A block with a `retry:` field only. Clients obey it and dispatch no event. */
export function retryBytes({minMs, maxMs}: DelayRange): string {
  const milliseconds = Math.round(minMs + Math.random() * (maxMs - minMs))
  return buffer().retry(milliseconds).dispatch().read()
}

function block(id: string | undefined, type: string | undefined, data: string): string {
  const text = buffer()
  if (id !== undefined) text.id(id)
  if (type !== undefined) text.event(type)
  return text.data(data).dispatch().read()
}

// The values are one line of ASCII each (see store/event-log.ts), so nothing has to be serialized or sanitized.
function buffer(): EventBuffer {
  return new EventBuffer({serializer: String, sanitizer: text => text})
}
