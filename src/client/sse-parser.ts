/** A parser of event streams: characters in, messages out, whatever pieces they come in. */

export interface ParserListener {
  /** `id` is the last that the stream has set, '' before the first. */
  message(data: string, id: string): void
  /** Milliseconds that the server wishes between an end and the next connection. */
  retry(milliseconds: number): void
}

/**
 * Feed it the decoded pieces in order. What stands behind the last blank line when the stream ends is no message.
 * [spec] HTML, section 9.2.6, but for the event type, which our data carry themselves, and the byte order mark,
 * which a TextDecoder leaves out.
 */
export function sseParser(listener: ParserListener): (piece: string) => void {
  let rest = ''
  let data = ''
  let id = ''
  let endedInCr = false

  return piece => {
    if (piece === '') return
    // [spec] CR LF is one end of line, even when parted.
    if (endedInCr && piece[0] === '\n') piece = piece.slice(1)
    endedInCr = piece.endsWith('\r')
    const lines = (rest + piece).split(/\r\n|\n|\r/)
    rest = lines.pop()!
    for (const line of lines) read(line)
  }

  function read(line: string): void {
    const [, field, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line)!
    if (line === '') dispatch()
    else if (field === 'data') data += `${value}\n`
    // [spec] An id with NUL is ignored, and so is a retry that is not only digits.
    else if (field === 'id' && !value!.includes('\0')) id = value!
    else if (field === 'retry' && /^\d+$/.test(value!)) listener.retry(Number(value))
  }

  function dispatch(): void {
    const text = data.slice(0, -1)
    // [spec] A block without data is no message, though its id counts. An empty data line gives '\n', an empty message.
    const isMessage = data !== ''
    data = ''
    if (isMessage) listener.message(text, id)
  }
}
