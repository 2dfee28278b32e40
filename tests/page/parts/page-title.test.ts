import test from 'ava'
import {titleOf} from '../../../src/page/parts/page-title.ts'

test('the title has the number of unread notifications, the name of the thing and the name of the product', t => {
  t.is(titleOf('Sprint 12', '99+'), '(99+) Sprint 12 · Boardcast')
  t.is(titleOf('Sprint 12', ''), 'Sprint 12 · Boardcast')
  t.is(titleOf('', '1'), '(1) Boardcast')
})
