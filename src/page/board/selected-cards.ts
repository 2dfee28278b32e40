/** The selected cards of a board. The ids stay selected while the cards move and change. */
import type {MouseEvent} from 'react'
import {createObservable, type Observable} from '../parts/observable.ts'

export interface SelectedCards {
  ids: Observable<ReadonlySet<string>>
  /** Selects the card, or removes it from the selection. */
  toggle(taskId: string): void
  /** Selects the cards from the last selected card to this one, when both are in the same list. */
  extendTo(taskId: string, lists: readonly (readonly string[])[]): void
  /** Replaces the selection. */
  set(taskIds: readonly string[]): void
}

export function createSelectedCards(): SelectedCards {
  const ids = createObservable<ReadonlySet<string>>(new Set())
  let lastId = ''
  return {
    ids,
    toggle(taskId) {
      lastId = taskId
      const next = new Set(ids.get())
      if (!next.delete(taskId)) next.add(taskId)
      ids.set(next)
    },
    extendTo(taskId, lists) {
      const range = rangeIn(lists, lastId, taskId)
      lastId = taskId
      ids.set(new Set([...ids.get(), ...range]))
    },
    set(taskIds) {
      if (!taskIds.includes(lastId)) lastId = ''
      ids.set(new Set(taskIds))
    },
  }
}

/**
 * Selects the card that was clicked with Ctrl, ⌘ or Shift, or touched while other cards are selected. Such a click does
 * nothing else. `pressType` is the type of the last pointer that was pressed: not every browser has it in the click.
 * `lists` are the ids in the order that the viewer sees.
 */
export function selectByClick(
  event: Pick<
    MouseEvent,
    'target' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'detail' | 'preventDefault' | 'stopPropagation'
  >,
  pressType: string,
  selection: SelectedCards,
  lists: readonly (readonly string[])[],
): void {
  const {target, shiftKey, ctrlKey, metaKey, detail} = event
  const id = (target as Element).closest<HTMLElement>('[data-task]')?.dataset.task
  // A click by the keyboard has the detail 0.
  const isTouch = pressType === 'touch' && detail > 0 && selection.ids.get().size > 0
  if (!id || !(shiftKey || ctrlKey || metaKey || isTouch)) return
  if (!shiftKey && (target as Element).matches('input')) return // the checkbox toggles the card
  event.preventDefault()
  event.stopPropagation()
  if (shiftKey) getSelection()?.removeAllRanges() // the browser has marked the text up to this card
  if (!shiftKey) selection.toggle(id)
  // After this event, the browser sets a clicked checkbox back to its state of before.
  else setTimeout(() => selection.extendTo(id, lists))
}

/** Returns the ids between both ids, with both of them. When they are in different lists, returns only the second one. */
export function rangeIn(lists: readonly (readonly string[])[], from: string, to: string): readonly string[] {
  const list = lists.find(list => list.includes(to)) ?? []
  const [start, end] = [list.indexOf(from), list.indexOf(to)]
  if (start === -1) return [to]
  return list.slice(Math.min(start, end), Math.max(start, end) + 1)
}
