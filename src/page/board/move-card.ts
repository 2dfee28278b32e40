/** Moves a card within its list, by the keyboard and by the menu of the card. */
import {useState} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {indexOfMove, type Move, placeText} from '../parts/order.ts'
import {rankStep, type Step} from '../task/task-moves.ts'
import type {Card} from './board-view.ts'

export interface CardMoves {
  /** What a screen reader says about the last move, or an empty text. */
  announcement: string
  move(taskId: string, move: Move): void
  /** Returns whether the card is at the edge of its list to which the move leads. */
  isAtEdge(taskId: string, move: Move): boolean
}

/** `lists` are the lists of the board with the cards that the filter shows. */
export function useCardMoves(
  lists: readonly {cards: readonly Card[]}[],
  run: (task: BoardTask, steps: Step[]) => void,
): CardMoves {
  const [announcement, announce] = useState('')
  return {
    announcement,
    move(taskId, move) {
      const {card, ids, index} = find(taskId, move) ?? {}
      if (!card || !ids || index === undefined) return
      const step = rankStep(ids, taskId, index)
      if (step) run(card.task, [step])
      announce(placeText(card.task.title, index, ids.length))
    },
    isAtEdge(taskId, move) {
      const found = find(taskId, move)
      return !found || found.ids.indexOf(taskId) === found.index
    },
  }

  function find(taskId: string, move: Move) {
    for (const {cards} of lists) {
      const card = cards.find(({task}) => task.id === taskId)
      if (!card) continue
      const ids = cards.map(({task}) => task.id)
      return {card, ids, index: indexOfMove(ids, taskId, move)}
    }
    return undefined
  }
}
