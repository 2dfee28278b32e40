/** The encoding of events. The log stores exactly the bytes that streams send. */
import type {LogEntry} from '../board/events.ts'

/**
 * Returns one line of JSON in printable ASCII. All other characters are escaped. A frame therefore has one byte for
 * each character, and can be written to sockets as a one-byte string.
 */
export function encodeEventData(event: LogEntry): string {
  return toAscii(JSON.stringify(event))
}

/** Escapes all characters of the JSON text that are not printable ASCII. The value of the JSON does not change. */
export function toAscii(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
