/** Renders what changes often once a frame: two hundred events a second are sixty renders. */
import {useLayoutEffect, useState} from 'react'

/** The value as of the last frame; the first one at once. */
export function useEachFrame<T>(value: T): T {
  const [shown, show] = useState(value)
  useLayoutEffect(() => {
    if (Object.is(shown, value)) return
    // In a tab that nobody sees there are no frames, and nothing needs to be rendered.
    const frame = requestAnimationFrame(() => show(value))
    return () => cancelAnimationFrame(frame)
  }, [shown, value])
  return shown
}
