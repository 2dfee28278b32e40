import {type RefObject, useEffect, useRef} from 'react'
import {isComposing} from './composing.ts'

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
        if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return
        if (document.querySelector('dialog:modal, [role=menu]')) return // they were opened later
        event.preventDefault() // one press closes only this panel
        latest.current()
        area.current?.querySelector('button')?.focus()
      },
      // The panel of a task has an earlier listener, but was opened before.
      {signal, capture: true},
    )
    return () => stop.abort()
  }, [area, isOpen])
}
