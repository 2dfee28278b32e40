/** The encoding of events: the log stores the text that streams send, byte for byte. */
import type {BoardEvent} from '../board/events.ts'

/**
 * One line of JSON in printable ASCII. Every other character is escaped, so that a frame's length in characters is its
 * length in bytes and it can be written to sockets as a one-byte string.
 */
export function encodeEventData(event: BoardEvent): string {
  return JSON.stringify(event).replace(
    /[\u007f-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
