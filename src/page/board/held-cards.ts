/**
 * Keeps a list of cards still while the pointer is in it. Otherwise, a card that leaves the list would move another card
 * under the pointer, and a click would hit the wrong card.
 */
import type {TaskStatus} from '../../client/client.ts'
import type {Card} from './board-view.ts'

/** A place in a list of cards. */
export interface Slot extends Card {
  /**
   * Set when the card has left the list, and its place is kept empty: the status of the task, or null when the board no
   * longer contains the task.
   */
  leftTo?: TaskStatus | null
}

/**
 * Returns the places of a list that is held still. The known places keep their order. New cards are appended, except the
 * card `droppedId`, which the viewer has dropped or moved: this card gets its usual place. `statusOf` returns undefined
 * when the board does not contain the task.
 */
export function heldSlots(
  shown: readonly Slot[],
  cards: readonly Card[],
  statusOf: (taskId: string) => TaskStatus | undefined,
  droppedId?: string,
): Slot[] {
  const current = new Map(cards.map(card => [card.task.id, card]))
  const kept = shown.map((slot): Slot => {
    const {id} = slot.task
    return current.get(id) ?? {...slot, leftTo: statusOf(id) ?? null}
  })
  const known = new Set(shown.map(({task}) => task.id))
  const added = cards.filter(({task}) => !known.has(task.id))
  const slots = [...kept, ...added]
  const dropped = cards.findIndex(({task}) => task.id === droppedId)
  if (dropped >= 0) {
    slots.splice(
      slots.findIndex(({task}) => task.id === droppedId),
      1,
    )
    const above = cards[dropped - 1]?.task.id
    slots.splice(slots.findIndex(({task}) => task.id === above) + 1, 0, cards[dropped]!)
  }
  return slots
}

/** Returns the ids of the cards in the order that the viewer sees. */
export function shownIds(slots: readonly Slot[]): string[] {
  return slots.filter(({leftTo}) => leftTo === undefined).map(({task}) => task.id)
}
