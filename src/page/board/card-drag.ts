/** Drags cards with the mouse, a pen or a finger. Pointer events are used, because touch has no HTML drag and drop. */
import {type RefObject, useEffect, useLayoutEffect, useRef, useState} from 'react'
import type {BoardTask, TaskStatus} from '../../client/client.ts'
import type {Gap} from '../parts/order.ts'
import {type Gesture, idle, longPressMs, nextGesture, type PointerInput} from './drag-gesture.ts'
import {cardGapAt, type DragView, showDrag, statusAt} from './drag-view.ts'

interface CardDrag {
  task: BoardTask
  /** The column below the pointer. */
  over: TaskStatus | undefined
}

interface DragOptions {
  isOn: boolean
  taskOf(taskId: string): BoardTask | undefined
  /**
   * Called when the viewer releases the task above a column. `gap` is undefined when the viewer has not chosen a place
   * among the cards of the column.
   */
  onDrop(task: BoardTask, column: TaskStatus, gap: Gap | undefined): void
}

/**
 * Returns the current drag. Cards are the elements in `columns` with the attribute `data-task`. The drag is cancelled when
 * Escape is pressed, and when the owner or the status of the task changes.
 */
export function useCardDrag(
  columns: RefObject<HTMLElement | null>,
  {isOn, taskOf, onDrop}: DragOptions,
): CardDrag | undefined {
  const [drag, setDrag] = useState<{before: BoardTask; over: TaskStatus | undefined}>()
  const task = drag && taskOf(drag.before.id)
  const isStale = drag !== undefined && !(task && hasSamePlace(task, drag.before))
  const cancel = useRef<() => void>(undefined)
  const latest = useRef({taskOf, onDrop})
  useLayoutEffect(() => {
    latest.current = {taskOf, onDrop}
  })

  useEffect(() => {
    if (!isOn) return
    const {cancel: cancelDrag, stop} = listen(columns.current!, {
      show(taskId, over) {
        const before = latest.current.taskOf(taskId)
        setDrag(known => (known ? {...known, over} : before && {before, over}))
      },
      hide: () => setDrag(undefined),
      drop(taskId, status, gap) {
        const task = latest.current.taskOf(taskId)
        if (task) latest.current.onDrop(task, status, gap)
      },
    })
    cancel.current = cancelDrag
    return stop
  }, [columns, isOn])

  useEffect(() => {
    if (isStale) cancel.current?.()
  }, [isStale])

  return task && !isStale ? {task, over: drag.over} : undefined
}

function hasSamePlace(task: BoardTask, before: BoardTask): boolean {
  return task.status === before.status && task.owner_user_id === before.owner_user_id
}

interface DragListener {
  show(taskId: string, over: TaskStatus | undefined): void
  hide(): void
  drop(taskId: string, status: TaskStatus, gap: Gap | undefined): void
}

/** Listens to the pointer until `stop` is called. */
function listen(columns: HTMLElement, {show, hide, drop}: DragListener): {cancel(): void; stop(): void} {
  const stop = new AbortController()
  const {signal} = stop
  let gesture = idle
  let pressedCard: HTMLElement
  let view: DragView | undefined
  let longPress: ReturnType<typeof setTimeout> | undefined
  const cancel = () => apply({type: 'cancel'})

  columns.addEventListener('pointerdown', press, {signal})
  addEventListener('pointermove', move, {signal})
  addEventListener('pointerup', release, {signal})
  addEventListener('pointercancel', end, {signal})
  addEventListener('blur', cancel, {signal})
  addEventListener('keydown', cancelByEscape, {signal, capture: true})
  // During a drag, the finger must not scroll. The value of `touch-action` cannot change while a finger is down.
  columns.addEventListener('touchmove', preventWhileDragging, {signal, passive: false})
  // On some devices, a long press opens a menu.
  columns.addEventListener('contextmenu', preventWhileTouched, {signal})
  return {
    cancel,
    stop() {
      cancel()
      stop.abort()
    },
  }

  function apply(input: PointerInput): void {
    const before = gesture
    gesture = nextGesture(before, input)
    if (gesture.name === 'dragging') view?.moveTo(gesture)
    if (before.name === gesture.name) return
    clearTimeout(longPress)
    if (gesture.name === 'pressed' && gesture.isTouch)
      longPress = setTimeout(apply, longPressMs, {type: 'long-press'})
    if (gesture.name === 'dragging') begin(gesture)
    if (before.name === 'dragging') finish(input.type === 'end')
  }

  function begin({taskId, startX, startY, x, y}: Gesture & {name: 'dragging'}): void {
    let shown: TaskStatus | undefined
    show(taskId, shown)
    view = showDrag(columns, pressedCard, {x: startX, y: startY}, over => {
      if (over !== shown) show(taskId, over)
      shown = over
    })
    view.moveTo({x, y})
  }

  function finish(isReleased: boolean): void {
    view?.end()
    view = undefined
    hide()
    ignoreNextClick(isReleased)
  }

  function press({target, button, pointerId, pointerType, clientX: x, clientY: y}: PointerEvent): void {
    const card = (target as HTMLElement).closest<HTMLElement>('[data-task]')
    if (!card || button !== 0) {
      cancel()
      return
    }
    pressedCard = card
    apply({type: 'press', taskId: card.dataset.task!, pointerId, isTouch: pointerType === 'touch', x, y})
  }

  function end({pointerId}: Pick<PointerEvent, 'pointerId'>): void {
    apply({type: 'end', pointerId})
  }

  function move({pointerId, buttons, clientX: x, clientY: y}: PointerEvent): void {
    // The button was released outside the window.
    if (buttons === 0) end({pointerId})
    else apply({type: 'move', pointerId, x, y})
  }

  function release({pointerId, clientX: x, clientY: y}: PointerEvent): void {
    const before = gesture
    apply({type: 'end', pointerId})
    if (before.name !== 'dragging' || gesture !== idle) return
    const status = statusAt({x, y})
    if (status) drop(before.taskId, status, cardGapAt({x, y}))
  }

  function cancelByEscape(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || gesture.name !== 'dragging') return
    event.preventDefault()
    event.stopPropagation()
    cancel()
  }

  function preventWhileDragging(event: Event): void {
    if (gesture.name === 'dragging') event.preventDefault()
  }

  function preventWhileTouched(event: Event): void {
    if (gesture.name !== 'idle' && gesture.isTouch) event.preventDefault()
  }
}

/**
 * The release of the pointer also causes a click, which would open a task. After a drag that was cancelled, the pointer is
 * still pressed, so the click comes later. The click of a key has no `detail`.
 */
function ignoreNextClick(isReleased: boolean): void {
  const stop = new AbortController()
  const {signal} = stop
  const ignore = (event: MouseEvent) => {
    if (event.detail === 0) return
    event.preventDefault()
    event.stopPropagation()
  }
  const stopSoon = () => setTimeout(() => stop.abort(), 0)
  addEventListener('click', ignore, {signal, capture: true})
  if (isReleased) stopSoon()
  for (const type of ['pointerup', 'pointercancel', 'pointerdown'] as const)
    addEventListener(type, stopSoon, {signal, capture: true})
}
