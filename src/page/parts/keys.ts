/**
 * Returns the name of the key, as shortcuts use it. A letter is small, whether or not Shift or Caps Lock is on. On the
 * layouts of other scripts, for example Cyrillic, the place of the key gives the letter.
 */
export function keyName({key, code}: Pick<KeyboardEvent, 'key' | 'code'>): string {
  if (key > '\x7f' && code.startsWith('Key')) return code.slice(3).toLowerCase()
  return key.length === 1 ? key.toLowerCase() : key
}

export function isMac(): boolean {
  return navigator.platform.startsWith('Mac')
}
