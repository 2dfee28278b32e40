/** Drags the rows of a list by their handles. Pointer events are used, because touch has no HTML drag and drop. */
import {type MouseEvent, type PointerEvent, type RefObject, useEffect, useRef, useState} from 'react'
import type {DashboardStory} from '../../client/client.ts'
import {edgeScroll} from '../parts/edge-scroll.ts'
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

interface Drag {
  id: string
  lineY: number | undefined
  /** The `data-drop` of the place under the pointer, when it is not the place of the list. */
  over: string | undefined
}

/**
 * A row is an element in `list` with the attribute `data-thing`, which contains its id. A row with the attribute `data-gone`
 * only keeps its place, and no row can be dropped beside it. A row can also be dropped on another place: an element with the
 * attribute `data-drop`, which gets the attribute `data-over`. While the pointer is near the top or the bottom of the window,
 * the page scrolls. Escape cancels the drag.
 */
export function useRowDrag(
  list: RefObject<HTMLElement | null>,
  {stories, moveTo}: Pick<StoryOrder, 'stories' | 'moveTo'>,
  onDrop: (story: DashboardStory, place: string) => void,
): RowDrag {
  const [drag, setDrag] = useState<Drag>()
  const startY = useRef<number>(undefined)
  const pointer = useRef({x: 0, y: 0})
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
    let frame = requestAnimationFrame(scroll)
    return () => {
      cancelAnimationFrame(frame)
      stop.abort()
    }

    function scroll(): void {
      const before = scrollY
      scrollBy(0, edgeScroll(pointer.current.y, 0, innerHeight))
      if (scrollY !== before)
        setDrag(known => known && {...known, ...targetAt(list.current!, pointer.current)})
      frame = requestAnimationFrame(scroll)
    }
  }, [isDragging, list])
  const over = drag?.over
  useEffect(() => {
    const place = over && document.querySelector(`[data-drop="${CSS.escape(over)}"]`)
    if (!place) return
    place.setAttribute('data-over', '')
    return () => place.removeAttribute('data-over')
  }, [over])

  return {draggedId: drag?.id, lineY: drag?.lineY, handleOf}

  function handleOf(story: DashboardStory, onPress: () => void): HandleHandlers {
    return {
      onPointerDown(event) {
        hasDragged.current = false
        if (event.button !== 0) return
        startY.current = event.clientY
        event.currentTarget.setPointerCapture(event.pointerId)
      },
      onPointerMove({clientX, clientY}) {
        if (startY.current === undefined) return
        if (!drag && Math.abs(clientY - startY.current) < thresholdPx) return
        hasDragged.current = true
        pointer.current = {x: clientX, y: clientY}
        setDrag({id: story.id, ...targetAt(list.current!, pointer.current)})
      },
      onPointerUp({clientX, clientY}) {
        const {over, gap} = (drag && targetAt(list.current!, {x: clientX, y: clientY})) ?? {}
        end()
        if (over !== undefined) return onDrop(story, over)
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

/** Returns the other place under the pointer, or the gap between the rows of the list. */
function targetAt(list: HTMLElement, {x, y}: {x: number; y: number}) {
  const place = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-drop]')
  if (place && !place.contains(list)) return {over: place.dataset.drop!, lineY: undefined, gap: undefined}
  const gap = gapAt(boxesOf(list), y)
  return {over: undefined, lineY: gap && gap.y - list.getBoundingClientRect().top, gap}
}

function boxesOf(list: HTMLElement) {
  return [...list.querySelectorAll<HTMLElement>('[data-thing]:not([data-gone])')].map(row => {
    const {top, bottom} = row.getBoundingClientRect()
    return {id: row.dataset.thing!, top, bottom}
  })
}
