/** Parses an event stream into messages. The text may arrive in pieces of any size. */

/**
 * Returns a function that must receive the decoded pieces of text in order. A piece may be empty. `id` is the last
 * id of the stream, or '' before the first id. `onRetry` receives the milliseconds of a `retry:` field. Text after the
 * last blank line is an incomplete message, which is not delivered.
 *
 * [spec] HTML, section 9.2.6, with two exceptions. The event type is ignored, because the data contains the type. The
 * byte order mark is not handled, because TextDecoder removes it.
 */
export function sseParser(
  onMessage: (data: string, id: string) => void,
  onRetry: (milliseconds: number) => void,
): (piece: string) => void {
  let rest = ''
  let data = ''
  let id = ''
  let endedInCr = false

  return piece => {
    // [spec] CR LF is one end of line, even when the two characters are in different pieces.
    const lines = (rest + (endedInCr ? piece.replace(/^\n/, '') : piece)).split(/\r\n?|\n/)
    if (piece) endedInCr = piece.endsWith('\r')
    rest = lines.pop()!
    for (const line of lines) read(line)
  }

  function read(line: string): void {
    const [field, value = ''] = line.split(/: ?(.*)/s)
    if (!line) dispatch()
    else if (field === 'data') data += `${value}\n`
    // [spec] An id that contains NUL is ignored. A `retry:` field is used only if its value contains only digits.
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(+value)
  }

  function dispatch(): void {
    const lines = data
    data = ''
    // [spec] A block without data sets the id but dispatches no message. A block with an empty data line dispatches an
    // empty message.
    if (lines) onMessage(lines.slice(0, -1), id)
  }
}
