/**
 * Returns the first `maxLength` UTF-16 code units of the text. If a surrogate pair would be split at `maxLength`, the
 * whole pair is omitted.
 */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')
}
