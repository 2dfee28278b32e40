import test from 'ava'
import {tagOf} from '../../../src/page/notifications/desktop.ts'

test('on the desktop, a notification replaces another one of the same request', t => {
  const created_at = '2026-03-01T09:00:00.000Z'
  const assigned = {actor_user_id: 'ada', cause: 'ownership_transferred', created_at} as const
  t.is(tagOf(assigned), tagOf({...assigned}))
  t.not(tagOf(assigned), tagOf({...assigned, cause: 'task.commented'}))
  t.not(tagOf(assigned), tagOf({...assigned, created_at: '2026-03-01T09:00:00.001Z'}))
})
