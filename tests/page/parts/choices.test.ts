import test from 'ava'
import {isLabelOf, matchingChoices} from '../../../src/page/parts/choices.ts'

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
