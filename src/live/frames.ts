/**
 * Encodes events as bytes. A frame contains one encoded event as a string of one-byte characters. The process writes
 * this string to all streams that want the event, and does not encode the event again for each stream.
 */
import {EventBuffer} from 'better-sse'
import {formatCursor} from '../board/cursor.ts'
import type {LogEntry} from '../board/events.ts'
import type {StreamEvent, UnavailableReason} from '../board/stream-events.ts'
import {toAscii} from '../store/event-data.ts'
import type {LogRecord} from '../store/event-log.ts'
import {type DelayRange, retryWhenUnavailable} from './limits.ts'
import type {Matchable} from './selection.ts'

/**
 * How an event is encoded. With `event`, the frame has an `event:` field. With `message`, only the data contains the
 * type, so that a client receives all events in one `onmessage` listener. With `json`, the event is an item of the JSON
 * array in the answer to a poll: a comma, and the data with the cursor as an additional field `id`.
 */
export type Framing = 'event' | 'message' | 'json'

/** An encoded event, with the columns that a selection compares. */
export interface Frame extends Matchable {
  seq: number
  /** The encoded event in framing `event`. */
  bytes: string
}

/** One payload that contains the frames that a channel has selected. */
export interface SelectedFrames {
  bytes: string
  /** A buffer with the same bytes as `bytes`. Several sockets can share the buffer. Set by `pieceOf`. */
  shared?: Buffer
  /** The number of frames in `bytes`. */
  count: number
  /** The seq of the last frame that was examined. */
  upTo: number
}

const minSharedBytes = 4096 // below this size, copying a string costs less than writing a separate buffer

/**
 * Returns the bytes as a string or, if there are many bytes, as a buffer. While a string waits for a socket, Node keeps
 * the string and a copy of the string. A buffer is not copied.
 */
export function pieceOf(selected: SelectedFrames): string | Buffer {
  if (selected.bytes.length < minSharedBytes) return selected.bytes
  selected.shared ??= Buffer.from(selected.bytes, 'latin1')
  return selected.shared
}

const maxKnownStrings = 10_000 // about 1 MB

/** Encodes records. Equal strings are in memory only once, so that a frame needs little more memory than its bytes. */
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
      left_story_id: this.#share(record.left_story_id),
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

/**
 * Copies a concatenated string. Without the copy, the string would keep all its parts in memory: 1 KB for a frame of
 * 300 bytes.
 */
function flatten(oneByteText: string): string {
  return Buffer.from(oneByteText, 'latin1').toString('latin1')
}

/** Returns the frame's bytes in the given framing. */
export function bytesOf(frame: Frame, framing: Framing): string {
  if (framing === 'event') return frame.bytes
  if (framing === 'message') return frame.bytes.replace(`\nevent:${frame.type}\n`, '\n')
  const id = frame.bytes.slice('id:'.length, frame.bytes.indexOf('\n'))
  return `,{"id":"${id}",${dataOf(frame).slice(1)}`
}

/** Returns the content of the frame's record. */
export function entryOf(frame: Frame): LogEntry {
  return JSON.parse(dataOf(frame))
}

/** Returns the JSON of the frame. */
function dataOf({bytes}: Frame): string {
  const label = '\ndata:'
  return bytes.slice(bytes.indexOf(label) + label.length, -'\n\n'.length)
}

/** An event about the stream itself. The timestamp is added when the event is encoded. */
export type ControlEvent = WithoutTimestamp<StreamEvent>
type WithoutTimestamp<T> = T extends StreamEvent ? Omit<T, 'timestamp'> : never

/** The fields of a control event other than its type and data. */
export interface ControlFields {
  /** Default: the block has no `id:` field, and the client keeps the last id that it received. */
  id?: string | undefined
  /** Default: the block has no `retry:` field, and the client keeps its delay. */
  retry?: DelayRange | undefined
}

/**
 * Returns the bytes of a control event. The `retry:` field is in the same block as the data. Some clients dispatch an
 * empty event for a block that has only a `retry:` field.
 */
export function controlBytes(event: ControlEvent, framing: Framing, {id, retry}: ControlFields = {}): string {
  const {type, ...facts} = event
  const data = toAscii(JSON.stringify({type, timestamp: new Date().toISOString(), ...facts}))
  return block(id, framing === 'event' ? type : undefined, data, retry && millisecondsIn(retry))
}

/** Returns the whole body of a stream that cannot be served: the reason, and the delay before the next attempt. */
export function unavailableBytes(
  reason: UnavailableReason,
  framing: Framing,
  retry: DelayRange = retryWhenUnavailable,
): string {
  return controlBytes({type: 'stream.unavailable', reason}, framing, {retry})
}

function millisecondsIn({minMs, maxMs}: DelayRange): number {
  return Math.round(minMs + Math.random() * (maxMs - minMs))
}

function block(id: string | undefined, type: string | undefined, data: string, retry?: number): string {
  const text = buffer()
  if (retry !== undefined) text.retry(retry)
  if (id !== undefined) text.id(id)
  if (type !== undefined) text.event(type)
  return text.data(data).dispatch().read()
}

// Each value is already one line of ASCII (see store/event-data.ts), so better-sse must not serialize or sanitize it.
function buffer(): EventBuffer {
  return new EventBuffer({serializer: String, sanitizer: text => text})
}
