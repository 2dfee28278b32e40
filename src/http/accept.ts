/** Decides whether a client requests a stream or a poll. */

// The header is read before the client is authenticated. Reading a header of 16 KB with thousands of commas would take
// milliseconds. Browsers send at most 200 characters.
const maxLength = 1_000

/**
 * Returns whether the header `Accept` prefers JSON to an event stream. A client that accepts both equally receives a
 * stream. A header with more than 1,000 characters is ignored.
 */
export function prefersJson(accept: string | undefined): boolean {
  if (!accept || accept === '*/*' || accept === 'text/event-stream') return false
  if (accept.length > maxLength) return false
  const ranges = accept.toLowerCase().split(',').map(readRange)
  return qualityOf('application/json', ranges) > qualityOf('text/event-stream', ranges)
}

interface MediaRange {
  name: string
  quality: number
}

function readRange(text: string): MediaRange {
  const [name = '', ...parameters] = text.split(';').map(part => part.trim())
  const quality = parameters.find(parameter => /^q\s*=/.test(parameter))?.split('=')[1]
  return {name, quality: quality === undefined ? 1 : Number(quality) || 0}
}

/** [spec] RFC 9110, section 12.5.1: the most specific media range decides. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  for (const name of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const range = ranges.find(range => range.name === name)
    if (range) return range.quality
  }
  return 0
}
