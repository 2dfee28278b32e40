/** The text form of announcements. An envelope contains the announcements that a process sends together. */
import {randomUUID} from 'node:crypto'
import type {LogEntry} from '../board/events.ts'
import type {PresenceItem, PresenceMessage} from '../board/presence-message.ts'
import {toAscii} from '../store/event-data.ts'
import type {Appended, LogRecord} from '../store/event-log.ts'

/** The records that a process has appended to the log of one organization. */
export interface Announcement {
  organizationId: string
  appended: Appended
  /** The `traceparent` of the change. Undefined when the change is not traced. */
  trace?: string | undefined
}

/**
 * An announcement in the form of an array, because an array is half as long as an object. `seq` is the seq of the last
 * record.
 */
type Encoded = [organizationId: string, epoch: string, seq: number, ...records: EncodedRecord[]]
type EncodedRecord = [
  type: LogEntry['type'],
  projectId: string | null,
  sprintId: string | null,
  leftSprintId: string | null,
  storyId: string | null,
  taskId: string | null,
  recipients: readonly string[] | null,
  data: string,
  // Only the last record has a trace. A process with an older version ignores the elements from here on.
  trace?: string | null,
  leftStoryId?: string,
]

/**
 * Encodes the announcement as one line of ASCII. When the line would exceed `maxBytes`, the records and the trace are
 * omitted, and receivers read the records from the log.
 */
export function encodeAnnouncement(
  {organizationId, appended, trace}: Announcement,
  maxBytes: number,
): string {
  const {cursor, records} = appended
  const head: Encoded = [organizationId, cursor.epoch, cursor.seq]
  const dataBytes = records.reduce((sum, {data}) => sum + data.length, 0)
  if (dataBytes > maxBytes) return JSON.stringify(head)
  const encoded = records.map(encodeRecord)
  const last = encoded.at(-1)
  if (last && trace !== undefined) last[8] = trace
  const whole = JSON.stringify([...head, ...encoded])
  return whole.length <= maxBytes ? whole : JSON.stringify(head)
}

/**
 * A message about presence, with the form of an announcement in the epoch `presence`. No log has this epoch, so a
 * process with an older version ignores the message.
 */
type EncodedPresence = [organizationId: string, epoch: 'presence', sprintId: string, ...items: PresenceItem[]]

/**
 * Encodes the message as lines of ASCII. A line has at most `maxBytes` bytes, or one item. Every line can be decoded
 * without the others.
 */
export function encodePresence(
  {organizationId, sprintId, items}: PresenceMessage,
  maxBytes: number,
): string[] {
  const head: EncodedPresence = [organizationId, 'presence', sprintId]
  const start = JSON.stringify(head).slice(0, -1)
  const lines: string[] = []
  let line = start
  for (const item of items) {
    const part = `,${toAscii(JSON.stringify(item))}`
    if (line !== start && line.length + part.length + 1 > maxBytes) {
      lines.push(`${line}]`)
      line = start
    }
    line += part
  }
  return line === start ? lines : [...lines, `${line}]`]
}

/** A message about presence is not sent while more bytes wait for the bus. */
export const maxBytesBeforePresence = 1024 * 1024

/** Returns a random name for a process. The process recognizes its own envelopes by this name. */
export function newSender(): string {
  return randomUUID().slice(0, 8)
}

/** Returns the text with which every envelope of the sender begins. */
export function senderPrefix(sender: string): string {
  return `["${sender}"`
}

/**
 * Puts the announcements, in order, into as few envelopes as possible. An envelope has at most `maxBytes` bytes. If one
 * announcement alone is too long for this limit, the envelope of this announcement exceeds the limit. A ping is an
 * empty string in `announcements`, and adds no bytes to an envelope.
 */
export function packEnvelopes(sender: string, announcements: readonly string[], maxBytes: number): string[] {
  const start = senderPrefix(sender)
  const envelopes: string[] = []
  let envelope = start
  for (const announcement of announcements) {
    const part = announcement && `,${announcement}`
    if (envelope !== start && envelope.length + part.length + 1 > maxBytes) {
      envelopes.push(`${envelope}]`)
      envelope = start
    }
    envelope += part
  }
  return [...envelopes, `${envelope}]`]
}

export interface Envelope {
  sender: string
  announcements: (Announcement | PresenceMessage)[]
}

/** Throws when the text is not an envelope. */
export function decodeEnvelope(text: string): Envelope {
  const [sender, ...announcements] = JSON.parse(text) as [string, ...(Encoded | EncodedPresence)[]]
  return {
    sender,
    announcements: announcements.map(encoded =>
      isPresence(encoded) ? decodePresence(encoded) : decodeAnnouncement(encoded),
    ),
  }
}

function isPresence(encoded: Encoded | EncodedPresence): encoded is EncodedPresence {
  return encoded[1] === 'presence'
}

function decodePresence([organizationId, , sprintId, ...items]: EncodedPresence): PresenceMessage {
  return {organizationId, sprintId, items}
}

// [spec] W3C Trace Context, section 3.2. A process with a newer version may send another value in this place.
const traceparent = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

function decodeAnnouncement([organizationId, epoch, seq, ...records]: Encoded): Announcement {
  const first = seq - records.length + 1
  const trace = records.at(-1)?.[8]
  const isTrace = typeof trace === 'string' && traceparent.test(trace)
  return {
    organizationId,
    appended: {
      cursor: {epoch, seq},
      records: records.map((record, index) => decodeRecord(first + index, record)),
    },
    ...(isTrace && {trace}),
  }
}

function encodeRecord(record: LogRecord): EncodedRecord {
  const {type, project_id, sprint_id, left_sprint_id, story_id, task_id, recipients, data} = record
  const encoded: EncodedRecord = [
    type,
    project_id,
    sprint_id,
    left_sprint_id,
    story_id,
    task_id,
    recipients,
    data,
  ]
  if (record.left_story_id) encoded.push(null, record.left_story_id)
  return encoded
}

function decodeRecord(seq: number, encoded: EncodedRecord): LogRecord {
  const [type, project_id, sprint_id, left_sprint_id, story_id, task_id, recipients, data, , left] = encoded
  const left_story_id = left ?? null
  return {
    seq,
    type,
    project_id,
    sprint_id,
    left_sprint_id,
    story_id,
    left_story_id,
    task_id,
    recipients,
    data,
  }
}
