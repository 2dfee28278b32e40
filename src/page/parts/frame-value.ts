/** Limits rendering to once per animation frame, so that 200 events a second cause at most 60 renders. */
import {useLayoutEffect, useState} from 'react'
import {flushSync} from 'react-dom'

/** Returns the value that was current at the last animation frame. The first value is returned immediately. */
export function useFrameValue<T>(value: T): T {
  const [shown, show] = useState(value)
  useLayoutEffect(() => {
    if (Object.is(shown, value)) return
    // A hidden tab has no animation frames and does not need to render.
    // React would render after the frame, so the value would be visible one frame later.
    const frame = requestAnimationFrame(() => flushSync(() => show(value)))
    return () => cancelAnimationFrame(frame)
  }, [shown, value])
  return shown
}
