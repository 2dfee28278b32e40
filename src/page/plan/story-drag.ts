/** Drags a row by its handle to another list. Pointer events are used, because touch has no HTML drag and drop. */
import {type PointerEvent, useEffect, useState} from 'react'

interface Drag {
  id: string
  /** How far the pointer has moved, in CSS pixels. */
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

/** Escape cancels the drag. */
export function useStoryDrag(onDrop: (id: string, list: string) => void): StoryDrag {
  const [drag, setDrag] = useState<Drag & {startX: number; startY: number}>()
  const isDragging = drag !== undefined
  useEffect(() => {
    if (!isDragging) return
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault() // the dialog stays open
      event.stopPropagation()
      setDrag(undefined)
    }
    addEventListener('keydown', cancel, {capture: true})
    return () => removeEventListener('keydown', cancel, {capture: true})
  }, [isDragging])

  const handleOf = (id: string) => ({
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      setDrag({id, x: 0, y: 0, startX: event.clientX, startY: event.clientY, over: undefined})
    },
    onPointerMove({clientX, clientY}: PointerEvent) {
      if (drag?.id !== id) return
      setDrag({
        ...drag,
        x: clientX - drag.startX,
        y: clientY - drag.startY,
        over: listAt(clientX, clientY),
      })
    },
    onPointerUp() {
      if (drag?.over) onDrop(id, drag.over)
      setDrag(undefined)
    },
    onPointerCancel: () => setDrag(undefined),
  })
  return {drag, handleOf}
}

function listAt(x: number, y: number): string | undefined {
  return document
    .elementsFromPoint(x, y)
    .map(element => element.closest<HTMLElement>('[data-drop]')?.dataset.drop)
    .find(Boolean)
}
