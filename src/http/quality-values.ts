/** Reads headers in which a client gives a weight to each of its preferences, such as `Accept` and `Accept-Encoding`. */

// Such a header is read before the client is authenticated. Reading a header of 16 KB with thousands of commas would take
// milliseconds. Browsers send at most 200 characters.
const maxLength = 1_000

/**
 * Returns the weight of each name in the header, from 0 to 1. The names are in lower case. The default weight is 1, and a
 * malformed weight is 0. A header with more than 1,000 characters is treated as empty.
 * [spec] RFC 9110, section 12.4.2: quality values.
 */
export function parseWeights(header: string): Map<string, number> {
  const weights = new Map<string, number>()
  if (header.length > maxLength) return weights
  for (const item of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map(part => part.trim())
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2))
    if (name) weights.set(name, value >= 0 && value <= 1 ? value : 0)
  }
  return weights
}
