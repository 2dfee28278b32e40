import test from 'ava'
import {itemOf} from '../../../src/page/task/checklist-changes.ts'

const items = ['a', 'b', 'c'].map(id => ({id, text: id, is_done: false}))

test('a new item is the last one, also when the page lacks an item that another member has added before', t => {
  t.is(itemOf({kind: 'add', id: 'pending', text: 'c'}, items), 'c')
  t.is(itemOf({kind: 'edit', id: 'b', fields: {is_done: true}}, items), 'b')
})
