/** Holds the list of cards still in which the pointer is. */
import {type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState} from 'react'
import type {TaskStatus} from '../../client/client.ts'
import type {Card} from './board-view.ts'
import {heldSlots, type Slot, shownIds} from './held-cards.ts'

// A pointer may rest on a board that nobody uses, so a hold ends after this time without a movement.
export const idleMs = 10_000
// After a tap, the finger does not stay in the list. The second tap of a double tap follows within this time.
export const afterTouchMs = 1_000

interface Hold {
  /** The key of the list that is held, or undefined when no list is held. */
  key: string | undefined
  /** The id of the last task that the viewer dropped into the list. */
  droppedId: string | undefined
}

export interface PointerHold extends Hold {
  /** Must be called when the viewer drops a task into the held list, so that the card gets its usual place. */
  place(taskId: string): void
  /** The ids of the cards in each list, in the order that the viewer sees. `useHeldSlots` writes them. */
  shownLists: {current: readonly (readonly string[])[]}
}

const modifierKeys = new Set(['Alt', 'Control', 'Meta', 'Shift']) // these keys alone do nothing

const noHold: Hold = {key: undefined, droppedId: undefined}

/**
 * Returns the key of the list in which the pointer is. Lists are the elements in `area` with the attribute `data-list`,
 * which contains the key. The hold ends when the pointer leaves the list, when a key is pressed, and when the pointer has
 * not moved for some seconds. Lists in the same `.groups` are one below the other, so the hold of such a list only ends
 * when the pointer enters another list or leaves the groups: a list that changes its height would move the others.
 */
export function usePointerHold(area: RefObject<HTMLElement | null>): PointerHold {
  const [hold, setHold] = useState(noHold)

  useEffect(() => {
    const stop = new AbortController()
    const options = {signal: stop.signal, passive: true}
    let timer: ReturnType<typeof setTimeout> | undefined
    const release = () => {
      clearTimeout(timer)
      setHold(noHold)
    }
    const holdFor = (target: EventTarget | null, ms: number) => {
      const list = (target as HTMLElement).closest<HTMLElement>('[data-list], .groups')
      const {list: key} = list?.dataset ?? {}
      const isBetweenLists = list && key === undefined
      clearTimeout(timer)
      timer = setTimeout(release, ms)
      setHold(held => (isBetweenLists || held.key === key ? held : {key, droppedId: undefined}))
    }
    const element = area.current!
    element.addEventListener(
      'pointermove',
      ({target, pointerType}) => holdFor(target, pointerType === 'touch' ? afterTouchMs : idleMs),
      options,
    )
    for (const type of ['pointerdown', 'pointerup'] as const) {
      element.addEventListener(
        type,
        ({target, pointerType}) => pointerType === 'touch' && holdFor(target, afterTouchMs),
        options,
      )
    }
    element.addEventListener('pointerleave', ({pointerType}) => pointerType !== 'touch' && release(), options)
    addEventListener('keydown', ({key}) => modifierKeys.has(key) || release(), {...options, capture: true})
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [area])

  const place = useCallback((droppedId: string) => setHold(({key}) => ({key, droppedId})), [])
  const shownLists = useRef<readonly (readonly string[])[]>([])
  return {...hold, place, shownLists}
}

/**
 * Returns the places of each list. The list that is held keeps its places. `statusOf` returns undefined when a task is no
 * longer on the board.
 */
export function useHeldSlots(
  lists: readonly {key: string; cards: readonly Card[]}[],
  {key: heldKey, droppedId, shownLists}: PointerHold,
  statusOf: (taskId: string) => TaskStatus | undefined,
): (readonly Slot[])[] {
  const shown = useRef(new Map<string, readonly Slot[]>())
  const slots = lists.map(({key, cards}) => {
    const before = key === heldKey ? shown.current.get(key) : undefined
    return before ? heldSlots(before, cards, statusOf, droppedId) : cards
  })
  useLayoutEffect(() => {
    shown.current = new Map(lists.map(({key}, index) => [key, slots[index]!]))
    shownLists.current = slots.map(shownIds)
  })
  return slots
}
