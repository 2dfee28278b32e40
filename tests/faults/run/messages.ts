/** Finds the notifications in the bytes that Postgres or Redis sends to a client. */

export interface Message {
  bytes: Buffer
  isNotification: boolean
}

/** Returns the complete messages at the start of the bytes, and the rest of the bytes. */
export type SplitMessages = (bytes: Buffer) => {messages: Message[]; rest: Buffer}

/** [spec] PostgreSQL, message formats: one byte for the type, then the length. The length includes the length field. */
export const splitPostgres: SplitMessages = bytes => {
  const messages: Message[] = []
  let start = 0
  while (bytes.length >= start + 5) {
    const end = start + 1 + bytes.readInt32BE(start + 1)
    if (end > bytes.length) break
    messages.push({bytes: bytes.subarray(start, end), isNotification: bytes[start] === 0x41}) // 'A'
    start = end
  }
  return {messages, rest: bytes.subarray(start)}
}

/** [spec] RESP: a notification is an array (`*`) or a push (`>`) whose first item is the string `message`. */
export const splitRedis: SplitMessages = bytes => {
  const messages: Message[] = []
  let start = 0
  for (;;) {
    const end = endOfValue(bytes, start)
    if (end === undefined) return {messages, rest: bytes.subarray(start)}
    const value = bytes.subarray(start, end)
    const isNotification = /^[*>]\d+\r\n\$7\r\nmessage\r\n/.test(value.subarray(0, 32).toString('latin1'))
    messages.push({bytes: value, isNotification})
    start = end
  }
}

const stringTypes = '$!='
const itemsPerEntry: Record<string, number> = {'*': 1, '>': 1, '~': 1, '%': 2}

/** Returns the index after the RESP value that starts at `start`, or undefined when the value is incomplete. */
function endOfValue(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd === -1) return undefined
  const type = String.fromCharCode(bytes[start]!)
  const length = Number(bytes.toString('latin1', start + 1, lineEnd))
  let end: number | undefined = lineEnd + 2
  if (stringTypes.includes(type)) {
    if (length >= 0) end += length + 2 // null is a string with the length -1
    return end <= bytes.length ? end : undefined
  }
  for (let items = length * (itemsPerEntry[type] ?? 0); items > 0 && end !== undefined; items--) {
    end = endOfValue(bytes, end)
  }
  return end
}
