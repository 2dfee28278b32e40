/** Drags a row by its handle to another list. Pointer events are used, because touch has no HTML drag and drop. */
import {type PointerEvent, useCallback, useEffect, useRef, useState} from 'react'
import {edgeScroll} from '../parts/edge-scroll.ts'

interface Drag {
  id: string
  /** How far the row has moved in the scrolled content, in CSS pixels. */
  x: number
  y: number
  /** The `data-drop` of the list under the pointer. */
  over: string | undefined
}

interface StoryDrag {
  drag: Drag | undefined
  /** Returns the handlers of the row's handle. */
  handleOf(id: string): {
    onPointerDown(event: PointerEvent): void
    onPointerMove(event: PointerEvent): void
    onPointerUp(): void
    onPointerCancel(): void
  }
}

/** Where the pointer is, and where it was pressed, in CSS pixels of the window. */
interface Press {
  id: string
  scroller: HTMLElement
  startX: number
  startY: number
  /** `scrollTop` of the scroller when the row was pressed. */
  startScroll: number
  /** The greatest `scrollTop` without the dragged row, which makes the content higher. */
  maxScroll: number
  x: number
  y: number
}

/** Escape cancels the drag. While the pointer is near the top or the bottom of the dialog, the dialog scrolls. */
export function useStoryDrag(onDrop: (id: string, list: string) => void): StoryDrag {
  const press = useRef<Press>(undefined)
  const [drag, setDrag] = useState<Drag>()
  const isDragging = drag !== undefined
  const end = useCallback(() => {
    press.current = undefined
    setDrag(undefined)
  }, [])

  useEffect(() => {
    if (!isDragging) return
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault() // the dialog stays open
      event.stopPropagation()
      end()
    }
    let frame = requestAnimationFrame(scroll)
    const stop = new AbortController()
    const {signal} = stop
    addEventListener('keydown', cancel, {capture: true, signal})
    // When another member moves the story, its row is a new element, and the handle receives no more events.
    for (const type of ['pointerup', 'pointercancel']) addEventListener(type, end, {signal})
    return () => {
      cancelAnimationFrame(frame)
      stop.abort()
    }

    function scroll(): void {
      const {current} = press
      if (!current) return
      const {scroller, maxScroll, y} = current
      const {top, bottom} = scroller.getBoundingClientRect()
      const before = scroller.scrollTop
      scroller.scrollTop = Math.min(maxScroll, before + edgeScroll(y, top, bottom))
      if (scroller.scrollTop !== before) setDrag(dragOf(current))
      frame = requestAnimationFrame(scroll)
    }
  }, [isDragging, end])

  const handleOf = (id: string) => ({
    onPointerDown({button, clientX, clientY, currentTarget, pointerId}: PointerEvent) {
      if (button !== 0) return
      currentTarget.setPointerCapture(pointerId)
      const scroller = currentTarget.closest('dialog')!
      press.current = {
        id,
        scroller,
        startX: clientX,
        startY: clientY,
        startScroll: scroller.scrollTop,
        maxScroll: scroller.scrollHeight - scroller.clientHeight,
        x: clientX,
        y: clientY,
      }
      setDrag({id, x: 0, y: 0, over: undefined})
    },
    onPointerMove({clientX, clientY}: PointerEvent) {
      if (press.current?.id !== id) return
      press.current = {...press.current, x: clientX, y: clientY}
      setDrag(dragOf(press.current))
    },
    onPointerUp() {
      if (drag?.over) onDrop(id, drag.over)
      end()
    },
    onPointerCancel: end,
  })
  return {drag, handleOf}
}

function dragOf({id, scroller, startX, startY, startScroll, x, y}: Press): Drag {
  return {id, x: x - startX, y: y - startY + scroller.scrollTop - startScroll, over: listAt(x, y)}
}

function listAt(x: number, y: number): string | undefined {
  return document
    .elementsFromPoint(x, y)
    .map(element => element.closest<HTMLElement>('[data-drop]')?.dataset.drop)
    .find(Boolean)
}
