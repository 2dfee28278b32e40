/**
 * Whether the event belongs to the key of this small Latin letter. On the layouts of other scripts, for example Cyrillic,
 * the place of the key counts.
 */
export function isLetterKey({key, code}: Pick<KeyboardEvent, 'key' | 'code'>, letter: string): boolean {
  return key.toLowerCase() === letter || (key > '\x7f' && code === `Key${letter.toUpperCase()}`)
}
