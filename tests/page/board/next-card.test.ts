import test from 'ava'
import {type Box, type Direction, nextCard} from '../../../src/page/board/next-card.ts'

/** Four columns with cards of different heights: A B C | D E | (empty) | F */
const boxes: Record<string, Box> = {
  A: {left: 0, right: 200, top: 0, bottom: 100},
  B: {left: 0, right: 200, top: 108, bottom: 180},
  C: {left: 0, right: 200, top: 188, bottom: 300},
  D: {left: 210, right: 410, top: 0, bottom: 60},
  E: {left: 210, right: 410, top: 68, bottom: 160},
  F: {left: 630, right: 830, top: 0, bottom: 100},
}
const names = Object.keys(boxes)
const from = (name: string, direction: Direction) => {
  const index = nextCard(boxes[name]!, Object.values(boxes), direction)
  return index === undefined ? undefined : names[index]
}

test('moving up or down selects the next card in the same column; at the ends of the column, no card is selected', t => {
  t.is(from('A', 'down'), 'B')
  t.is(from('C', 'up'), 'B')
  t.is(from('A', 'up'), undefined)
  t.is(from('E', 'down'), undefined)
})

test('moving left or right selects a card in the nearest column that has cards, and chooses the card at the most similar height', t => {
  t.is(from('A', 'right'), 'D')
  t.is(from('B', 'right'), 'E')
  t.is(from('C', 'right'), 'E')
  t.is(from('E', 'right'), 'F')
  t.is(from('F', 'left'), 'D')
  t.is(from('F', 'right'), undefined)
  t.is(from('A', 'left'), undefined)
})
