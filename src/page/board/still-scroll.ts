/** Keeps the content under the pointer at its place on the screen while content above or below it grows or shrinks. */
import {type RefObject, useEffect} from 'react'

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
 * contains the lists of cards. The anchoring of browsers is not enough: a browser keeps the first visible content at its
 * place, not the content under the pointer. The browser's anchoring must be disabled in `area` while it is held.
 */
export function useStillScroll(area: RefObject<HTMLElement | null>, isHeld: boolean): void {
  useEffect(() => {
    if (!isHeld) return
    const scroller = area.current!
    const content = scroller.firstElementChild as HTMLElement
    let place: Place = {scrollTop: scroller.scrollTop, spaceAbove: 0}
    let spaceBelow = 0
    let kept: {element: Element; top: number} | undefined

    function note(): void {
      const element =
        scroller.querySelector('.card-place:hover, .group-head:hover') ??
        scroller.querySelector('.group:hover')
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
    const options = {passive: true, signal: stop.signal}
    scroller.addEventListener('pointermove', note, options)
    // The page itself dispatches this event when the lists must be rendered again. The content may then have moved.
    scroller.addEventListener('scroll', ({isTrusted}) => isTrusted && note(), options)
    return () => {
      stop.abort()
      resizes.disconnect()
      content.style.padding = ''
    }
  }, [area, isHeld])
}
