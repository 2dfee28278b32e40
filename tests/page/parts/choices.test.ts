import test from 'ava'
import {isLabelOf, markedIndex, matchingChoices, nextMarked} from '../../../src/page/parts/choices.ts'

const choices = ['Grace Hopper', 'Ada Lovelace', 'Edsger Dijkstra', 'Adam Smith'].map(label => ({label}))
const matching = (text: string) => matchingChoices(choices, text).map(({label}) => label)

test('choices contain all typed words, and those that start with the text come first', t => {
  t.deepEqual(matching('ad'), ['Ada Lovelace', 'Adam Smith'])
  t.deepEqual(matching('ra'), ['Grace Hopper', 'Edsger Dijkstra'])
  t.deepEqual(matching('d'), ['Ada Lovelace', 'Edsger Dijkstra', 'Adam Smith'])
  t.deepEqual(matching('hop gra'), ['Grace Hopper'])
  t.is(matching(' ').length, choices.length)
})

test('a typed label is known in any case', t => {
  t.true(isLabelOf(choices, ' ada lovelace'))
  t.false(isLabelOf(choices, 'ada'))
})

test('the first choice is marked until the member marks another, which stays marked when the list changes', t => {
  t.is(markedIndex(['a', 'b'], undefined), 0)
  t.is(markedIndex([], undefined), -1)
  t.is(markedIndex(['new', 'a', 'b'], 'b'), 2)
  t.is(markedIndex(['a'], 'b'), -1, 'no other choice takes the place of a choice that has disappeared')
})

test('the arrow keys mark the next and the previous choice, and go around', t => {
  const ids = ['a', 'b', 'c']
  t.is(nextMarked(ids, 0, 'ArrowDown'), 'b')
  t.is(nextMarked(ids, 2, 'ArrowDown'), 'a')
  t.is(nextMarked(ids, -1, 'ArrowDown'), 'a')
  t.is(nextMarked(ids, 2, 'ArrowUp'), 'b')
  t.is(nextMarked(ids, 0, 'ArrowUp'), 'c')
  t.is(nextMarked(ids, -1, 'ArrowUp'), 'c')
  t.is(nextMarked([], -1, 'ArrowDown'), undefined)
})
