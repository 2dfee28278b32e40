/** Chooses the groups of the view by story that are rendered. A board may have a hundred stories. */
import {type RefObject, useEffect, useLayoutEffect, useRef, useState} from 'react'
import type {Group} from './board-view.ts'

const headHeightPx = 60
const rowHeightPx = 104
const cardWidthPx = 248
const fullOverscanAfterMs = 100 // a new view first renders only what is visible, so that it appears soon

/** Returns the height of a group that has not been rendered, in a window of this width. All in pixels. */
export function estimatedHeight(cards: number, windowWidth: number): number {
  const perRow = Math.max(1, Math.floor(windowWidth / cardWidthPx))
  return headHeightPx + rowHeightPx * Math.ceil(cards / perRow)
}

/** Returns the ids of the stories whose groups fill a window of this size, from the first group on. */
export function firstGroups(groups: readonly Group[], width: number, height: number): Set<string> {
  const ids = new Set<string>()
  let filled = 0
  for (const {story, cards} of groups) {
    if (filled >= height) break
    filled += estimatedHeight(cards.length, width)
    ids.add(story.id)
  }
  return ids
}

/**
 * Returns the ids of the stories whose groups have been near the viewport. `area` is the area that scrolls; its elements
 * `[data-far]` are the groups that have not been near, and contain the id of the story in `data-list`. The story `pinnedId`
 * is always near, so that its group stays the same when it is no longer pinned.
 */
export function useNearGroups(
  area: RefObject<HTMLElement | null>,
  groups: readonly Group[],
  pinnedId: string | undefined,
): ReadonlySet<string> {
  const [near, setNear] = useState<ReadonlySet<string>>(() => firstGroups(groups, innerWidth, innerHeight))
  if (pinnedId !== undefined && !near.has(pinnedId)) setNear(new Set([...near, pinnedId]))
  const overscan = useRef(0)
  const update = useRef(() => {
    const ids = idsNear(area.current!, overscan.current)
    if (ids.length > 0) setNear(known => new Set([...known, ...ids]))
  }).current

  useLayoutEffect(update)
  useEffect(() => {
    const scroller = area.current!
    scroller.addEventListener('scroll', update, {passive: true})
    const timer = setTimeout(() => {
      overscan.current = 1
      update()
    }, fullOverscanAfterMs)
    return () => {
      clearTimeout(timer)
      scroller.removeEventListener('scroll', update)
    }
  }, [area, update])
  return near
}

/** `overscan` is how far beyond the viewport a group is still near, in heights of the viewport. */
function idsNear(scroller: HTMLElement, overscan: number): string[] {
  const {top, bottom, height} = scroller.getBoundingClientRect()
  return [...scroller.querySelectorAll<HTMLElement>('[data-far]')]
    .filter(group => {
      const place = group.getBoundingClientRect()
      return place.bottom > top - overscan * height && place.top < bottom + overscan * height
    })
    .map(group => group.dataset.list!)
}
