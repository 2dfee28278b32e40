/** Moves the focus to a card that the board does not show yet, for example the card of a new task. */
import {type RefObject, useCallback, useEffect, useRef} from 'react'
import {findCard} from './board-keys.ts'

/**
 * Returns a function that focuses the card of the task as soon as the board shows this card. A member who has started to
 * type in the meantime keeps the focus. The component that renders the cards must call this hook.
 */
export function useCardFocus(area: RefObject<HTMLElement | null>): (taskId: string) => void {
  const wantedId = useRef<string>(undefined)
  useEffect(() => {
    if (wantedId.current === undefined || document.querySelector('dialog:modal')) return
    const card = findCard(area.current, wantedId.current)
    if (!card) return
    wantedId.current = undefined
    if (!document.activeElement?.matches('input, textarea, select')) card.focus()
  })
  return useCallback((taskId: string) => {
    wantedId.current = taskId
  }, [])
}
