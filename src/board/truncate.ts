/** Returns at most `maxLength` UTF-16 code units of the text. A surrogate pair at the cut is dropped, never split. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')
}
