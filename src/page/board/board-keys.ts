/** Handles the keyboard on a board: moves the focus between cards and runs single-key shortcuts. */
import {type RefObject, useEffect, useLayoutEffect, useRef} from 'react'
import {flushSync} from 'react-dom'
import {keyName} from '../parts/keys.ts'
import {type Direction, directions, nextCard} from './next-card.ts'

interface BoardKeys {
  /** Shortcuts for the focused card. */
  onCard: Readonly<Record<string, (taskId: string, card: HTMLElement) => void>>
  /** Alt+Shift+Up and Alt+Shift+Down move the focused card in its list, even while single keys are disabled. */
  onMove(taskId: string, move: 'up' | 'down'): void
  /** Shortcuts that work anywhere on the board. */
  anywhere: Readonly<Record<string, () => void>>
}

/**
 * Handles arrow keys and shortcuts while `isOn` is true. Enter opens the focused card even while `isOn` is false. Keys
 * in text fields, dialogs and menus are ignored.
 */
export function useBoardKeys(area: RefObject<HTMLElement | null>, isOn: boolean, keys: BoardKeys): void {
  const latest = useRef(keys)
  latest.current = keys

  useEffect(() => {
    const stop = new AbortController()
    addEventListener('keydown', onKeyDown, {signal: stop.signal})
    return () => stop.abort()

    function onKeyDown(event: KeyboardEvent): void {
      const {key, target} = event
      if (event.repeat && !directions[key]) return // a held key must not take and release a task again and again
      if (event.defaultPrevented || event.ctrlKey || event.metaKey) return
      if (isOutsideBoard(target as Element)) return
      if (event.altKey) {
        moveCard(event)
        return
      }
      const action = isOn || key === 'Enter' ? actionFor(keyName(event), target as HTMLElement) : undefined
      if (!action) return
      event.preventDefault()
      action()
    }

    function moveCard(event: KeyboardEvent): void {
      const direction = directions[event.key]
      const card = (event.target as Element).closest<HTMLElement>('[data-task]')
      if (!event.shiftKey || !card || (direction !== 'up' && direction !== 'down')) return
      event.preventDefault()
      latest.current.onMove(card.dataset.task!, direction)
    }

    function actionFor(key: string, target: HTMLElement): (() => void) | undefined {
      const direction = directions[key]
      const card = target.closest<HTMLElement>('[data-task]')
      if (direction) return () => moveFocus(area.current, card, direction)
      // When a button of the card has the focus, Space and Enter press that button.
      const onCard = card && (card === target || !['Enter', ' '].includes(key)) && latest.current.onCard[key]
      if (onCard) return () => onCard(card.dataset.task!, card)
      return latest.current.anywhere[key]
    }
  }, [area, isOn])
}

/**
 * Keeps the focus on a card that moves to another column. In the new column, the card is a new element, so this element
 * must get the focus. The component that renders the cards must call this hook.
 */
export function useFocusFollowsCard(area: RefObject<HTMLElement | null>): {
  onFocus(target: Element): void
  onBlur(): void
} {
  const focusedId = useRef<string | undefined>(undefined)
  const isByKeyboard = useRef(false)
  useLayoutEffect(() => {
    if (focusedId.current === undefined || document.activeElement !== document.body) return
    // After a click, the board must not scroll away from the pointer.
    findCard(area.current, focusedId.current)?.focus({preventScroll: !isByKeyboard.current})
  })
  return {
    onFocus(target) {
      focusedId.current = target.closest<HTMLElement>('[data-task]')?.dataset.task
      isByKeyboard.current = target.matches(':focus-visible')
    },
    // When the focused element is removed, `onBlur` is not called. Therefore, `focusedId` is unchanged when the card is
    // rendered again.
    onBlur() {
      focusedId.current = undefined
    },
  }
}

export function findCard(area: HTMLElement | null, taskId: string): HTMLElement | undefined {
  return area?.querySelector<HTMLElement>(`[data-task="${CSS.escape(taskId)}"]`) ?? undefined
}

/**
 * Moves the focus to the next card in the direction. If no card has the focus, the card that Tab reaches gets the
 * focus.
 */
function moveFocus(area: HTMLElement | null, from: HTMLElement | null, direction: Direction) {
  if (from) renderAround(from)
  const cards = [...(area?.querySelectorAll<HTMLElement>('[data-task]') ?? [])]
  const next = from
    ? nextCard(
        from.getBoundingClientRect(),
        cards.map(card => card.getBoundingClientRect()),
        direction,
      )
    : cards.findIndex(({tabIndex}) => tabIndex === 0)
  const card = next === undefined ? undefined : cards[next]
  card?.focus({preventScroll: true})
  card?.scrollIntoView({block: 'nearest', inline: 'nearest'})
}

/**
 * Scrolls to the card or list, and renders the cards around it. The event of the scroll would come only in the next frame.
 * Must not be called in an effect.
 */
export function renderAround(element: HTMLElement): void {
  element.scrollIntoView({block: 'nearest', inline: 'nearest'})
  const scroller = element.closest('.column-cards, .groups')
  flushSync(() => scroller?.dispatchEvent(new Event('scroll')))
}

function isOutsideBoard(target: Element): boolean {
  return (
    target.closest('input:not([type=checkbox]), textarea, select, dialog, [role=menu], .drop-panel') !==
      null || document.querySelector('dialog:modal, [role=menu]') !== null
  )
}
