import {type RefObject, useEffect, useRef} from 'react'

/**
 * Closes an open panel when the viewer presses Escape or clicks outside `area`. After Escape, the first button in
 * `area` gets the focus.
 */
export function useDismiss(area: RefObject<HTMLElement | null>, isOpen: boolean, close: () => void): void {
  const latest = useRef(close)
  latest.current = close

  useEffect(() => {
    if (!isOpen) return
    const stop = new AbortController()
    const {signal} = stop
    addEventListener(
      'pointerdown',
      ({target}) => {
        if (!area.current?.contains(target as Node)) latest.current()
      },
      {signal},
    )
    addEventListener(
      'keydown',
      event => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        latest.current()
        area.current?.querySelector('button')?.focus()
      },
      {signal},
    )
    return () => stop.abort()
  }, [area, isOpen])
}
