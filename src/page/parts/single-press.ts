/** A button whose action changes after each press, for example from Take to Start. */
import type {KeyboardEvent, MouseEvent} from 'react'

/**
 * Returns the handlers of such a button. The second click of a double click does nothing, and a held Enter key presses
 * the button only once. Space needs no rule, because the browser clicks when Space is released.
 */
export function singlePress(press: () => void) {
  return {
    onClick(event: MouseEvent) {
      if (event.detail <= 1) press()
    },
    onKeyDown(event: KeyboardEvent) {
      if (event.key === 'Enter' && event.repeat) event.preventDefault()
    },
  }
}
