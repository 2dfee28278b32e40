/** Content codings: the formats in which the body of a response can be compressed. */
import {parseWeights} from './quality-values.ts'

/** The codings of this server. If a client accepts both equally, the server prefers the first. */
export const codings = ['br', 'gzip'] as const
export type Coding = (typeof codings)[number]

/**
 * Returns the coding that the client prefers, among the available codings. Returns undefined when the body must not be
 * compressed.
 * @param acceptEncoding the header `Accept-Encoding`
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  available: readonly Coding[] = codings,
): Coding | undefined {
  // [spec] RFC 9110, section 12.5.3: without the header, any coding is acceptable. But a client that sends no such
  // header can usually not decompress.
  if (!acceptEncoding) return undefined
  const {weightOf, ofIdentity} = parseCodings(acceptEncoding)
  const best = available.reduce<Coding | undefined>(
    (best, coding) => (weightOf(coding) > (best ? weightOf(best) : 0) ? coding : best),
    undefined,
  )
  return best && weightOf(best) >= ofIdentity ? best : undefined
}

/** Returns whether the client can decompress the coding. */
export function acceptsCoding(acceptEncoding: string | undefined, coding: Coding): boolean {
  return acceptEncoding !== undefined && parseCodings(acceptEncoding).weightOf(coding) > 0
}

/** Returns the weight of each coding, and of a body that is not compressed. */
function parseCodings(acceptEncoding: string) {
  const weights = parseWeights(acceptEncoding)
  // [spec] Section 8.4.1.3: x-gzip is equivalent to gzip.
  const gzip = weights.get('gzip') ?? weights.get('x-gzip')
  const weightOf = (coding: Coding) =>
    (coding === 'gzip' ? gzip : weights.get(coding)) ?? weights.get('*') ?? 0
  return {weightOf, ofIdentity: weights.get('identity') ?? 0}
}
