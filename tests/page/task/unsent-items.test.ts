import test from 'ava'
import {createDrafts} from '../../../src/page/parts/drafts.ts'
import {unsentItems} from '../../../src/page/task/unsent-items.ts'

test('the text for a new item is kept for each task until it is sent', t => {
  const drafts = createDrafts('ada', undefined)
  unsentItems(drafts, 'one').replace('Order the')
  unsentItems(drafts, 'other').replace('Close')
  t.is(unsentItems(drafts, 'one').current(), 'Order the')
  unsentItems(drafts, 'one').replace('')
  t.is(unsentItems(drafts, 'one').current(), '')
  t.is(drafts.read('checklist one'), undefined)
  t.is(unsentItems(drafts, 'other').current(), 'Close')
})

test('refused texts come back into the field one after another, and replace nothing that was typed', t => {
  const items = unsentItems(createDrafts('ada', undefined), 'one')
  items.replace('Third')
  items.giveBack('First')
  items.giveBack('Second')
  t.is(items.current(), 'Third')
  items.replace('')
  t.is(items.current(), 'First')
  items.replace('')
  t.is(items.current(), 'Second')
  items.replace('')
  t.is(items.current(), '')
})
