import test from 'ava'
import {mergeEdits} from '../../../src/page/parts/merge-edits.ts'

const known = {title: 'Fuel', description: 'Kerosene\nand oxygen', hours: '2'}

test('only a field that both members have changed to different texts is a conflict', t => {
  t.deepEqual(mergeEdits(known, {...known, title: 'Fuel!'}, {...known, title: 'Fuel?'}).conflicts, ['title'])
  t.deepEqual(mergeEdits(known, {...known, title: 'Fuel!'}, {...known, hours: '3'}).conflicts, [])
  t.deepEqual(mergeEdits(known, {...known, title: 'Fuel!'}, {...known, title: 'Fuel!'}).conflicts, [])
})

test('the form shows the saved text of a field that the member has not edited', t => {
  const {updates} = mergeEdits(known, {...known, title: 'Fuel!'}, {...known, title: 'Fuel?', hours: ''})
  t.deepEqual(updates, {hours: ''})
})

test('line breaks of the browser and spaces around the text are no edits', t => {
  const stored = {...known, description: 'Kerosene\r\nand oxygen'}
  const {conflicts, updates} = mergeEdits(
    stored,
    {...known, title: ' Fuel '},
    {...stored, title: 'Fuel?', description: 'Hydrogen'},
  )
  t.deepEqual([conflicts, updates], [[], {title: 'Fuel?', description: 'Hydrogen'}])
})

test('a field that the form does not contain is ignored', t => {
  const {hours: _, ...mine} = known
  t.deepEqual(mergeEdits(known, mine, {...known, hours: '3'}), {conflicts: [], updates: {}})
})
