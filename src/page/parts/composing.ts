type Key = Pick<KeyboardEvent, 'isComposing' | 'keyCode'>

/**
 * Whether the key belongs to the composition of a character, for example of a Japanese one. In Safari, the key that ends a
 * composition arrives after the end, and only has the key code 229.
 */
export function isComposing(event: Key | {nativeEvent: Key}): boolean {
  const {isComposing, keyCode} = 'nativeEvent' in event ? event.nativeEvent : event
  return isComposing || keyCode === 229
}
