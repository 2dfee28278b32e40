/** Drags the rows of a list by their handles. Pointer events are used, because touch has no HTML drag and drop. */
import {type MouseEvent, type PointerEvent, type RefObject, useEffect, useRef, useState} from 'react'
import type {DashboardStory} from '../../client/client.ts'
import {gapAt, indexAfter} from '../parts/order.ts'
import type {StoryOrder} from './story-order.ts'

interface RowDrag {
  draggedId: string | undefined
  /** Where the line is, in CSS pixels from the top of the list. Undefined when no row is dragged. */
  lineY: number | undefined
  /** Returns the handlers of the story's handle. `onPress` is called for a press without a drag, also by the keyboard. */
  handleOf(story: DashboardStory, onPress: () => void): HandleHandlers
}

interface HandleHandlers {
  onPointerDown(event: PointerEvent): void
  onPointerMove(event: PointerEvent): void
  onPointerUp(event: PointerEvent): void
  onPointerCancel(): void
  onClick(event: MouseEvent): void
}

const thresholdPx = 5 // a press that moves less is a click

/**
 * A row is an element in `list` with the attribute `data-thing`, which contains its id. A row with the attribute `data-gone`
 * only keeps its place, and no row can be dropped beside it. Escape cancels the drag.
 */
export function useRowDrag(
  list: RefObject<HTMLElement | null>,
  {stories, moveTo}: Pick<StoryOrder, 'stories' | 'moveTo'>,
): RowDrag {
  const [drag, setDrag] = useState<{id: string; lineY: number | undefined}>()
  const startY = useRef<number>(undefined)
  const hasDragged = useRef(false)
  const end = () => {
    startY.current = undefined
    setDrag(undefined)
  }
  const isDragging = drag !== undefined
  useEffect(() => {
    if (!isDragging) return
    const stop = new AbortController()
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      startY.current = undefined
      setDrag(undefined)
    }
    addEventListener('keydown', cancel, {signal: stop.signal})
    return () => stop.abort()
  }, [isDragging])

  return {draggedId: drag?.id, lineY: drag?.lineY, handleOf}

  function handleOf(story: DashboardStory, onPress: () => void): HandleHandlers {
    return {
      onPointerDown(event) {
        hasDragged.current = false
        if (event.button !== 0) return
        startY.current = event.clientY
        event.currentTarget.setPointerCapture(event.pointerId)
      },
      onPointerMove({clientY}) {
        if (startY.current === undefined) return
        if (!drag && Math.abs(clientY - startY.current) < thresholdPx) return
        hasDragged.current = true
        const gap = gapAt(boxesOf(list.current!), clientY)
        setDrag({id: story.id, lineY: gap && gap.y - list.current!.getBoundingClientRect().top})
      },
      onPointerUp({clientY}) {
        const gap = drag && gapAt(boxesOf(list.current!), clientY)
        end()
        if (!gap) return
        const ids = stories.map(({id}) => id)
        if (!ids.includes(story.id)) return // another member has deleted or moved the story
        const index = indexAfter(ids, story.id, gap.beforeId)
        if (index !== ids.indexOf(story.id)) moveTo(story, index)
      },
      onPointerCancel: end,
      // The release after a drag also causes a click.
      onClick: ({detail}) => {
        if (detail === 0 || !hasDragged.current) onPress()
      },
    }
  }
}

function boxesOf(list: HTMLElement) {
  return [...list.querySelectorAll<HTMLElement>('[data-thing]:not([data-gone])')].map(row => {
    const {top, bottom} = row.getBoundingClientRect()
    return {id: row.dataset.thing!, top, bottom}
  })
}
