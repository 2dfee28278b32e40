/** Events as bytes: a frame is made once, as a one-byte string, and written as it is to every stream. */
import {EventBuffer} from 'better-sse'
import {formatCursor} from '../board/cursor.ts'
import type {StreamEvent} from '../board/stream-events.ts'
import type {LogRecord} from '../store/event-log.ts'
import type {Matchable} from './selection.ts'

/** `event` names the type in a field of its own; `message` leaves that to the data, for one `onmessage`. */
export type Framing = 'event' | 'message'

/** A record of the log as the feed holds it: what selections match on, and its bytes. */
export interface Frame extends Matchable {
  seq: number
  /** In framing `event`. */
  bytes: string
}

export function frameOf(epoch: string, {data, ...record}: LogRecord): Frame {
  return {...record, bytes: block(formatCursor({epoch, seq: record.seq}), record.type, data)}
}

/** The frame's bytes in the framing asked for. */
export function bytesOf(frame: Frame, framing: Framing): string {
  return framing === 'event' ? frame.bytes : frame.bytes.replace(`\nevent:${frame.type}\n`, '\n')
}

/** What a stream says of itself, before it is told when. */
export type ControlEvent = WithoutTime<StreamEvent>
type WithoutTime<T> = T extends StreamEvent ? Omit<T, 'timestamp'> : never

/** A control event's bytes. Without an id (`stream.unavailable`) the client's last one stays. */
export function controlBytes({type, ...facts}: ControlEvent, framing: Framing, id?: string): string {
  const data = JSON.stringify({type, timestamp: new Date().toISOString(), ...facts})
  return block(id, framing === 'event' ? type : undefined, data)
}

/** `retry:` alone, in milliseconds: a block without data, which clients heed but do not dispatch. */
export function retryBytes(milliseconds: number): string {
  return buffer().retry(milliseconds).dispatch().read()
}

// [spec] "A file is UTF-8, lines end with LF": our values are one line of ASCII already, so nothing to clean.
function block(id: string | undefined, type: string | undefined, data: string): string {
  const text = buffer()
  if (id !== undefined) text.id(id)
  if (type !== undefined) text.event(type)
  return text.data(data).dispatch().read()
}

function buffer(): EventBuffer {
  return new EventBuffer({serializer: String, sanitizer: text => text})
}

/** Several frames as one better-sse batch: what `Session.batch` writes in one piece. */
export class FrameBatch extends EventBuffer {
  bytes = ''
  override read = () => this.bytes
}
