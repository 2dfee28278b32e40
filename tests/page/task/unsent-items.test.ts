import test from 'ava'
import {createDrafts} from '../../../src/page/parts/drafts.ts'
import {inField, unsentItems, withDeleted} from '../../../src/page/task/unsent-items.ts'

const items = ['a', 'b', 'c'].map(id => ({id, text: `Item ${id}`, is_done: false}))

test('the unsent texts are kept for each task until they are deleted', t => {
  const drafts = createDrafts('ada', undefined)
  unsentItems(drafts, 'one').write('field', 'Order the')
  unsentItems(drafts, 'one').write('a', 'Edited')
  unsentItems(drafts, 'other').write('field', 'Close')
  t.deepEqual(unsentItems(drafts, 'one').current(), {field: 'Order the', a: 'Edited'})
  unsentItems(drafts, 'one').write('field', undefined)
  unsentItems(drafts, 'one').write('a', undefined)
  t.deepEqual(unsentItems(drafts, 'one').current(), {})
  t.is(drafts.read('checklist one'), undefined)
  t.deepEqual(unsentItems(drafts, 'other').current(), {field: 'Close'})
})

test('a text that does not change notifies no one', t => {
  const drafts = createDrafts('ada', undefined)
  const {current, write} = unsentItems(drafts, 'one')
  write('a', 'Edited')
  const before = current()
  drafts.subscribe(() => t.fail())
  write('a', 'Edited')
  write('b', undefined)
  t.is(current(), before)
})

test('refused new items come back into the field one after another, and replace nothing that was typed', t => {
  const sent = {'new-1': 'First', 'new-2': 'Second'}
  const noIds = new Set<string>()
  t.deepEqual(inField({...sent, field: 'Third'}, noIds), {key: 'field', text: 'Third'})
  t.deepEqual(inField(sent, noIds), {key: 'new-1', text: 'First'})
  t.deepEqual(inField(sent, new Set(['new-1'])), {key: 'new-2', text: 'Second'})
  t.deepEqual(inField({...sent, a: 'Edited'}, new Set(['new-1', 'new-2'])), {key: 'field', text: ''})
})

test('a deleted item stays at its place while its edited text is unsent', t => {
  const [a, b, c] = items as [(typeof items)[0], (typeof items)[0], (typeof items)[0]]
  t.deepEqual(withDeleted([a, c], {b: 'Edited', field: 'Typed', 'new-1': 'Sent'}, items), items)
  t.deepEqual(withDeleted([a, c], {}, items), [a, c])
  t.deepEqual(withDeleted(items, {b: 'Edited'}, items), items)
  const last = {...b, text: 'Edited'}
  t.deepEqual(withDeleted([a, c], {b: 'Edited'}, [a, c]), [a, c, last], 'after a reload')
})
