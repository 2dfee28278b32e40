/** Decides whether a client requests a stream or a poll. */
import {parseWeights} from './quality-values.ts'

/**
 * Returns whether the header `Accept` prefers JSON to an event stream. A client that accepts both equally receives a
 * stream.
 */
export function prefersJson(accept: string | undefined): boolean {
  if (!accept || accept === '*/*' || accept === 'text/event-stream') return false
  const weights = parseWeights(accept)
  // [spec] RFC 9110, section 12.5.1: the most specific media range decides.
  const weightOf = (type: string, range: string) =>
    weights.get(type) ?? weights.get(range) ?? weights.get('*/*') ?? 0
  return weightOf('application/json', 'application/*') > weightOf('text/event-stream', 'text/*')
}
