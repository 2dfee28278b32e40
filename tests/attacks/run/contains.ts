/** Returns whether the data contain a string for which `matches` returns true. */
export function contains(data: unknown, matches: (value: string) => boolean): boolean {
  if (typeof data === 'string') return matches(data)
  return typeof data === 'object' && data !== null
    ? Object.values(data).some(value => contains(value, matches))
    : false
}
