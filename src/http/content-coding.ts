/** Content codings: the formats in which the body of a response can be compressed. */

/** The codings of this server. If a client accepts both equally, the server prefers the first. */
export const codings = ['br', 'gzip'] as const
export type Coding = (typeof codings)[number]

const maxHeaderLength = 1_000 // reading a header with thousands of commas would take milliseconds

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
  if (!acceptEncoding || acceptEncoding.length > maxHeaderLength) return undefined
  const weights = parseWeights(acceptEncoding)
  const weightOf = (coding: Coding) => weights.get(coding) ?? weights.get('*') ?? 0
  const best = available.reduce<Coding | undefined>(
    (best, coding) => (weightOf(coding) > (best ? weightOf(best) : 0) ? coding : best),
    undefined,
  )
  return best && weightOf(best) >= (weights.get('identity') ?? 0) ? best : undefined
}

/** Returns the weight of each coding in the header. A weight is at least 0 and at most 1. */
function parseWeights(header: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const item of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map(part => part.trim())
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2))
    // [spec] Section 8.4.1.3: x-gzip is equivalent to gzip.
    if (name && value >= 0 && value <= 1) weights.set(name.replace(/^x-gzip$/, 'gzip'), value)
  }
  return weights
}
