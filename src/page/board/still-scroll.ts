/** Keeps the content under the pointer at its place on the screen while content above or below it grows or shrinks. */
import {type RefObject, useEffect, useLayoutEffect, useRef} from 'react'
import type {Point} from './drag-gesture.ts'

/** How far an area is scrolled. Where the area cannot be scrolled far enough, empty space is added. All in pixels. */
interface Place {
  scrollTop: number
  /** Empty space above the content. */
  spaceAbove: number
}

/** Returns the place at which content that has moved down by `movedPx` is where it was before. */
export function placeAfter({scrollTop, spaceAbove}: Place, movedPx: number): Place {
  const position = scrollTop - spaceAbove + movedPx
  return {scrollTop: Math.max(0, position), spaceAbove: Math.max(0, -position)}
}

/**
 * While `isHeld` is true, what is under the pointer stays at its place. `area` is an area that scrolls, with one child that
 * contains the lists of cards. The component that renders the lists must call this hook. The anchoring of browsers is not
 * enough: a browser keeps the first visible content at its place, not the content under the pointer. The browser's
 * anchoring must be disabled in `area` while it is held.
 */
export function useStillScroll(area: RefObject<HTMLElement | null>, isHeld: boolean): void {
  const pointer = useRef<Point>({x: -1, y: -1})
  const restore = useRef<() => void>(undefined)

  useEffect(() => {
    const stop = new AbortController()
    const onPointer = ({clientX: x, clientY: y}: PointerEvent) => {
      pointer.current = {x, y}
    }
    listenToPointer(area.current!, onPointer, stop.signal)
    return () => stop.abort()
  }, [area])

  useEffect(() => {
    if (!isHeld) return
    const hold = keepStill(area.current!, pointer)
    restore.current = hold.restore
    return () => {
      restore.current = undefined
      hold.end()
    }
  }, [area, isHeld])

  // Lists that change places do not change the size of the content.
  useLayoutEffect(() => restore.current?.())
}

/** Holds the content until `end` is called. `restore` must be called when the content may have moved. */
function keepStill(scroller: HTMLElement, pointer: RefObject<Point>): {restore(): void; end(): void} {
  const content = scroller.firstElementChild as HTMLElement
  let place: Place = {scrollTop: scroller.scrollTop, spaceAbove: 0}
  let spaceBelow = 0
  let kept: {element: Element; top: number} | undefined

  // The selector `:hover` does not match the element under a finger.
  function note(): void {
    const target = document.elementFromPoint(pointer.current.x, pointer.current.y)
    const element = target?.closest('.card-place, .group-head') ?? target?.closest('.group')
    kept = element ? {element, top: element.getBoundingClientRect().top} : undefined
  }

  function restore(): void {
    if (kept?.element.isConnected) {
      const moved = kept.element.getBoundingClientRect().top - kept.top
      if (Math.abs(moved) >= 1) scrollBy(moved)
    }
    note()
  }

  function scrollBy(movedPx: number): void {
    place = placeAfter({...place, scrollTop: scroller.scrollTop}, movedPx)
    content.style.paddingTop = `${place.spaceAbove}px`
    scroller.scrollTop = place.scrollTop
    if (place.scrollTop - scroller.scrollTop < 1) return
    const end = content.getBoundingClientRect().bottom - scroller.getBoundingClientRect().top
    spaceBelow += scroller.clientHeight + place.scrollTop - scroller.scrollTop - end
    content.style.paddingBottom = `${spaceBelow}px`
    scroller.scrollTop = place.scrollTop
  }

  note()
  // A resize is reported before the new layout is painted.
  const resizes = new ResizeObserver(restore)
  for (const element of [content, ...content.children]) resizes.observe(element)
  const stop = new AbortController()
  listenToPointer(scroller, note, stop.signal)
  // The page itself dispatches this event when the lists must be rendered again. The content may then have moved.
  const onScroll = ({isTrusted}: Event) => isTrusted && note()
  scroller.addEventListener('scroll', onScroll, {passive: true, signal: stop.signal})

  return {
    restore,
    end() {
      stop.abort()
      resizes.disconnect()
      // The content stays at its place, unless it is still below the space that disappears.
      scroller.scrollTop = Math.max(0, scroller.scrollTop - place.spaceAbove)
      content.style.padding = ''
    },
  }
}

/** Listens to the pointer, and to a finger, which only moves after it has touched the screen. */
function listenToPointer(
  element: HTMLElement,
  listener: (event: PointerEvent) => void,
  signal: AbortSignal,
): void {
  for (const type of ['pointermove', 'pointerdown'] as const)
    element.addEventListener(type, listener, {passive: true, signal})
}
