/** A list of cards. Only the cards near the viewport are in the document. */
import {memo, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState} from 'react'
import {statusLabels} from '../parts/words.ts'
import {partsOf, type Range, rowHeights, visibleRows} from './card-window.ts'
import type {Slot} from './held-cards.ts'
import {TaskCard} from './task-card.tsx'

interface CardListProps {
  className: string
  slots: readonly Slot[]
  /** What the line below the title of a card shows. */
  shows: 'story' | 'status'
  /** The text of an empty list. */
  emptyText: string
  /**
   * The id of the only card that the Tab key reaches, or an empty string when this card is in another list. When
   * `currentId` is undefined, Tab reaches all cards.
   */
  currentId: string | undefined
  /**
   * The id of a card that is in the document even when it is far from the viewport. An empty string when there is no
   * such card in this list.
   */
  pinnedId: string
}

interface Layout extends Range {
  perRow: number
}

const estimatedHeightPx = 104
const fullOverscan = 0.6 // of the height of the viewport, above and below the viewport
const fullOverscanAfterMs = 100

export const CardList = memo(function CardList(props: CardListProps) {
  const {className, slots, shows, emptyText, currentId, pinnedId} = props
  const list = useRef<HTMLUListElement>(null)
  const {perRow, first, end, measured, estimate} = useWindow(list, slots)
  const ids = slots.map(({task}) => task.id)
  const heights = rowHeights(ids, perRow, measured, estimate)
  const pinned = pinnedId ? [Math.floor(ids.indexOf(pinnedId) / perRow)] : []

  const items = partsOf(heights, {first, end}, pinned).flatMap((part): ReactNode[] => {
    if (part.kind === 'gap')
      return [<li key={`gap ${part.first}`} className="card-gap" aria-hidden style={{height: part.height}} />]
    return slots.slice(part.first * perRow, part.end * perRow).map((slot, index) => {
      const {id} = slot.task
      if (slot.leftTo !== undefined) return <LeftPlace key={id} to={slot.leftTo} height={measured.get(id)} />
      return (
        <li
          key={id}
          className="card-place"
          data-place={id}
          aria-setsize={slots.length}
          aria-posinset={part.first * perRow + index + 1}
        >
          <TaskCard
            task={slot.task}
            storyTitle={slot.storyTitle}
            ownerName={slot.ownerName}
            shows={shows}
            isTabbable={currentId === undefined || currentId === id}
          />
        </li>
      )
    })
  })
  return (
    <ul ref={list} className={className}>
      {items}
      {slots.length === 0 && <li className="column-empty">{emptyText}</li>}
    </ul>
  )
}, isEqual)

/** The place of a card that has left the list while the pointer was in the list. */
function LeftPlace({to, height}: {to: Slot['leftTo']; height: number | undefined}) {
  return (
    <li className="card-left" aria-hidden style={{height: height ?? estimatedHeightPx}}>
      <span>{to ? `Moved to ${statusLabels[to]}` : 'No longer here'}</span>
    </li>
  )
}

/** Returns which rows of the list are rendered, and the measured heights of its cards in pixels. */
function useWindow(list: {current: HTMLUListElement | null}, slots: readonly Slot[]) {
  const measured = useRef(new Map<string, number>()).current
  const estimate = useRef(estimatedHeightPx)
  const latestSlots = useRef(slots)
  latestSlots.current = slots
  const [layout, setLayout] = useState<Layout>({perRow: 1, first: 0, end: 0})

  // A new list first renders only the visible cards, so that it appears soon.
  const overscan = useRef(0)
  const perRowNow = useRef(0)

  const update = useCallback(() => {
    const perRow = perRowNow.current || columnCount(list.current!)
    perRowNow.current = perRow
    const [top, bottom] = visiblePart(list.current!, overscan.current)
    const isFar = bottom < 0 || top > list.current!.scrollHeight
    const ids = isFar ? [] : latestSlots.current.map(({task}) => task.id)
    const rows = visibleRows(rowHeights(ids, perRow, measured, estimate.current), top, bottom)
    setLayout(known =>
      known.perRow === perRow && known.first === rows.first && known.end === rows.end
        ? known
        : {perRow, ...rows},
    )
  }, [list, measured])

  // The rendered cards may have changed their heights, so the visible rows may have changed too.
  useLayoutEffect(() => {
    const wasEmpty = measured.size === 0
    for (const place of list.current!.querySelectorAll<HTMLElement>('[data-place]'))
      measured.set(place.dataset.place!, place.getBoundingClientRect().height)
    // The estimate stays the same after the first measurement. Otherwise, each scroll would move the cards.
    if (wasEmpty && measured.size > 0) estimate.current = average([...measured.values()])
    update()
  })

  useEffect(() => {
    const scroller = scrollerOf(list.current!)
    let {clientWidth} = scroller
    scroller.addEventListener('scroll', update, {passive: true})
    const observer = new ResizeObserver(() => {
      if (scroller.clientWidth !== clientWidth) {
        measured.clear() // the titles have other line breaks in another width
        perRowNow.current = 0
      }
      clientWidth = scroller.clientWidth
      update()
    })
    observer.observe(scroller)
    const timer = setTimeout(() => {
      overscan.current = fullOverscan
      update()
    }, fullOverscanAfterMs)
    return () => {
      clearTimeout(timer)
      scroller.removeEventListener('scroll', update)
      observer.disconnect()
    }
  }, [list, update, measured])

  return {...layout, measured, estimate: estimate.current}
}

function scrollerOf(list: HTMLElement): HTMLElement {
  return list.closest<HTMLElement>('.column-cards, .groups')!
}

/** Returns the top and the bottom of the part of the list that must be rendered, in pixels below the top of the list. */
function visiblePart(list: HTMLElement, overscan: number): [top: number, bottom: number] {
  const scroller = scrollerOf(list)
  const top =
    scroller === list
      ? list.scrollTop
      : scroller.getBoundingClientRect().top - list.getBoundingClientRect().top
  const height = scroller.clientHeight
  return [top - overscan * height, top + (1 + overscan) * height]
}

/** Returns how many cards are side by side. */
function columnCount(list: HTMLElement): number {
  const {display, gridTemplateColumns} = getComputedStyle(list)
  return display === 'grid' ? gridTemplateColumns.split(' ').length : 1
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function isEqual(before: CardListProps, after: CardListProps): boolean {
  return (
    before.currentId === after.currentId &&
    before.pinnedId === after.pinnedId &&
    before.emptyText === after.emptyText &&
    before.slots.length === after.slots.length &&
    before.slots.every((slot, index) => {
      const other = after.slots[index]!
      return (
        slot.task === other.task &&
        slot.storyTitle === other.storyTitle &&
        slot.ownerName === other.ownerName &&
        slot.leftTo === other.leftTo
      )
    })
  )
}
