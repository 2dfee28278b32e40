/** Moves the focus to a card that the board does not show yet, for example the card of a new task. */
import {type RefObject, useCallback, useEffect, useRef} from 'react'
import {findCard} from './board-keys.ts'

const wantedMs = 5_000 // a card that appears later would take the focus from a member who does something else

/**
 * Returns a function that focuses the card of the task as soon as the board shows this card. The focus stays where it is
 * when the member has pressed a key or a pointer in the meantime, and when the card appears too late. The component that
 * renders the cards must call this hook.
 */
export function useCardFocus(area: RefObject<HTMLElement | null>): (taskId: string) => void {
  const wanted = useRef<{taskId: string; until: number}>(undefined)
  useEffect(() => {
    const stop = new AbortController()
    const forget = () => {
      wanted.current = undefined
    }
    addEventListener('keydown', forget, {signal: stop.signal, capture: true})
    addEventListener('pointerdown', forget, {signal: stop.signal, capture: true})
    return () => stop.abort()
  }, [])
  useEffect(() => {
    if (wanted.current && wanted.current.until < performance.now()) wanted.current = undefined
    if (!wanted.current || document.querySelector('dialog:modal')) return
    const card = findCard(area.current, wanted.current.taskId)
    if (!card) return
    wanted.current = undefined
    if (!document.activeElement?.matches('input:not([type=checkbox]), textarea, select')) card.focus()
  })
  return useCallback((taskId: string) => {
    wanted.current = {taskId, until: performance.now() + wantedMs}
  }, [])
}
