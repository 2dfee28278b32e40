import type {KeyboardEvent} from 'react'

/**
 * Whether the key belongs to the composition of a character, for example of a Japanese one. In Safari, the key that ends a
 * composition arrives after the end, and only has the key code 229.
 */
export function isComposing({nativeEvent}: Pick<KeyboardEvent, 'nativeEvent'>): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === 229
}
