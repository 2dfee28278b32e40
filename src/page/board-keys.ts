/** The keyboard on a board: which card has the focus, and what single keys do. */
import {type RefObject, useEffect, useLayoutEffect, useRef} from 'react'
import {directions, nextCard} from './next-card.ts'

export interface BoardKeys {
  /** What a key does to the card that has the focus. */
  onCard: Readonly<Record<string, (taskId: string, card: HTMLElement) => void>>
  /** What a key does anywhere on the board. */
  anywhere: Readonly<Record<string, () => void>>
}

/** Single keys and arrows, while `isOn`; never where one types, and never under a dialog or a menu. */
export function useBoardKeys(area: RefObject<HTMLElement | null>, isOn: boolean, keys: BoardKeys): void {
  const latest = useRef(keys)
  latest.current = keys

  useEffect(() => {
    const stop = new AbortController()
    addEventListener('keydown', onKeyDown, {signal: stop.signal})
    return () => stop.abort()

    function onKeyDown(event: KeyboardEvent): void {
      const {key, target} = event
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isElsewhere(target as Element)) return
      const act = isOn || key === 'Enter' ? actOf(key, target as HTMLElement) : undefined
      if (!act) return
      event.preventDefault()
      act()
    }

    function actOf(key: string, target: HTMLElement): (() => void) | undefined {
      const direction = directions[key]
      const card = target.closest<HTMLElement>('[data-task]')
      if (direction) return () => moveFocus(area.current, card, direction)
      // A button on the card has its own Space and Enter.
      const onCard = card && (card === target || !['Enter', ' '].includes(key)) && latest.current.onCard[key]
      if (onCard) return () => onCard(card.dataset.task!, card)
      return latest.current.anywhere[key]
    }
  }, [area, isOn])
}

/**
 * Keeps the focus on its card when the card moves to another column: there it is another element.
 * To be called by what renders the cards.
 */
export function useFocusFollowsCard(area: RefObject<HTMLElement | null>): {
  onFocus(target: Element): void
  onBlur(): void
} {
  const focusedId = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    if (focusedId.current === undefined || document.activeElement !== document.body) return
    findCard(area.current, focusedId.current)?.focus()
  })
  return {
    onFocus(target) {
      focusedId.current = target.closest<HTMLElement>('[data-task]')?.dataset.task
    },
    // Not called when the element is taken away: so the card's focus is not forgotten then.
    onBlur() {
      focusedId.current = undefined
    },
  }
}

export function findCard(area: HTMLElement | null, taskId: string): HTMLElement | undefined {
  return area?.querySelector<HTMLElement>(`[data-task="${CSS.escape(taskId)}"]`) ?? undefined
}

function moveFocus(
  area: HTMLElement | null,
  from: HTMLElement | null,
  direction: (typeof directions)[string],
) {
  const cards = [...(area?.querySelectorAll<HTMLElement>('[data-task]') ?? [])]
  const tabbable = cards.find(({tabIndex}) => tabIndex === 0)
  const next = from
    ? nextCard(
        from.getBoundingClientRect(),
        cards.map(card => card.getBoundingClientRect()),
        direction!,
      )
    : cards.indexOf(tabbable!)
  if (next === undefined) return
  cards[next]?.focus({preventScroll: true})
  cards[next]?.scrollIntoView({block: 'nearest', inline: 'nearest'})
}

function isElsewhere(target: Element): boolean {
  return (
    target.closest('input, textarea, select, dialog, [role=menu], .drop-panel') !== null ||
    document.querySelector('dialog:modal, [role=menu]') !== null
  )
}
