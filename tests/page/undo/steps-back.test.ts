import test from 'ava'
import type {BoardTask, TaskStatus} from '../../../src/board/task.ts'
import {stepsBack} from '../../../src/page/undo/steps-back.ts'

const me = {user_id: 'ada', organization_id: 'acme', role: 'member', name: 'Ada'} as const
const admin = {...me, role: 'admin'} as const
const task = (status: TaskStatus, owner: string | null = null) =>
  ({id: 't1', status, owner_user_id: owner, version: 1, updated_at: '2026-03-01T09:00:00.000Z'}) as BoardTask
const [available, owned, started] = [task('available'), task('owned', 'ada'), task('in_progress', 'ada')]

test('a taken task is released, and a released task is taken again', t => {
  t.deepEqual(stepsBack(owned, available, me), ['release'])
  t.deepEqual(stepsBack(available, owned, me), ['take'])
  t.deepEqual(stepsBack(available, started, me), ['take', {status: 'in_progress'}])
})

test('a move between owned and in progress is undone with one step', t => {
  t.deepEqual(stepsBack(started, owned, me), [{status: 'owned'}])
  t.deepEqual(stepsBack(owned, started, me), [{status: 'in_progress'}])
  t.deepEqual(stepsBack(started, available, me), ['release'])
})

test('a closed task is reopened, and gets its owner and its status back', t => {
  for (const status of ['completed', 'failed', 'cancelled'] as const) {
    t.deepEqual(stepsBack(task(status, 'ada'), started, me), [
      {status: 'available'},
      'take',
      {status: 'in_progress'},
    ])
  }
  t.deepEqual(stepsBack(task('cancelled'), available, me), [{status: 'available'}])
})

test('a reopened task is closed again when the viewer was its owner', t => {
  t.deepEqual(stepsBack(available, task('completed', 'ada'), me), [
    'take',
    {status: 'in_progress'},
    {status: 'completed'},
  ])
  t.is(stepsBack(available, task('completed', 'bob'), me), undefined)
  t.deepEqual(stepsBack(available, task('completed', 'bob'), admin), [
    {give: 'bob'},
    {status: 'in_progress'},
    {status: 'completed'},
  ])
  t.deepEqual(stepsBack(available, task('cancelled'), me), [{status: 'cancelled'}])
})

test('only an admin takes a task back from the member to whom it was given', t => {
  t.is(stepsBack(task('in_progress', 'bob'), started, me), undefined)
  t.deepEqual(stepsBack(task('in_progress', 'bob'), started, admin), [{give: 'ada'}])
  t.deepEqual(stepsBack(task('owned', 'bob'), available, admin), ['release'])
})

test('no step is needed when the status and the owner are the same, and a viewer makes none', t => {
  t.deepEqual(stepsBack(owned, owned, me), [])
  t.is(stepsBack(owned, available, {...me, role: 'viewer'}), undefined)
})
