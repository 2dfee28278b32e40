/** Returns the first `maxLength` UTF-16 code units of the text. A surrogate pair that would be split is dropped. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')
}
