/** A parser of event streams: text in pieces of any size in, messages out. */

/**
 * Returns a function that takes the decoded pieces in order. `id` is the last id of the stream, '' before the first.
 * `onRetry` receives the milliseconds of a `retry:` field. Text after the last blank line is not a message.
 * [spec] HTML, section 9.2.6, except the event type, which our data contain, and the byte order mark, which TextDecoder
 * removes.
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
    if (piece === '') return
    // [spec] CR LF is one end of line, even in two pieces.
    if (endedInCr && piece[0] === '\n') piece = piece.slice(1)
    endedInCr = piece.endsWith('\r')
    const lines = (rest + piece).split(/\r\n|\n|\r/)
    rest = lines.pop()!
    for (const line of lines) read(line)
  }

  function read(line: string): void {
    const [field, value = ''] = line.split(/: ?(.*)/s)
    if (line === '') dispatch()
    else if (field === 'data') data += `${value}\n`
    // [spec] An id with NUL is ignored, and so is a retry that is not only digits.
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
  }

  function dispatch(): void {
    const lines = data
    data = ''
    // [spec] A block without data is no message, though its id counts. An empty data line gives '\n', an empty message.
    if (lines) onMessage(lines.slice(0, -1), id)
  }
}
