import test from 'ava'
import type {Caller} from '../../src/board/member.ts'
import type {TaskStatus} from '../../src/board/task.ts'
import {actLabel, nextStep, placesFor, stepsTo} from '../../src/page/task-moves.ts'
import {aTask} from '../helpers/sample-board.ts'

const caller = (user_id: string, role: Caller['role']): Caller => ({
  user_id,
  organization_id: 'o',
  role,
  name: user_id,
})
const ada = caller('ada', 'member')
const task = (status: TaskStatus, owner_user_id: string | null = null) =>
  aTask({id: 'Fuel', status, owner_user_id})

test('dragging what is available into progress takes it and starts it', t => {
  t.deepEqual(stepsTo(task('available'), 'in_progress', ada), ['take', 'in_progress'])
  t.deepEqual(stepsTo(task('available'), 'owned', ada), ['take'])
})

test('back to available is a release while it is held, and a reopening when it is closed', t => {
  t.deepEqual(stepsTo(task('in_progress', 'ada'), 'available', ada), ['release'])
  t.deepEqual(stepsTo(task('completed', 'bob'), 'available', ada), ['available'])
})

test('one may move what one owns, an admin what anybody owns, a viewer nothing', t => {
  const mine = task('in_progress', 'ada')
  t.deepEqual(placesFor(mine, ada), ['available', 'owned', 'completed', 'failed', 'cancelled'])
  t.deepEqual(placesFor(task('in_progress', 'bob'), ada), [])
  t.deepEqual(placesFor(task('owned', 'bob'), caller('root', 'admin')), [
    'available',
    'in_progress',
    'cancelled',
  ])
  t.deepEqual(placesFor(task('available'), caller('vic', 'viewer')), [])
  t.is(stepsTo(mine, 'in_progress', ada), undefined)
})

test('the next step is what one most likely wants, and nothing for what others have', t => {
  t.is(nextStep(task('available'), ada)?.label, 'Take')
  t.is(nextStep(task('owned', 'ada'), ada)?.label, 'Start')
  t.is(nextStep(task('in_progress', 'ada'), ada)?.label, 'Complete')
  t.is(nextStep(task('completed', 'ada'), ada), undefined)
  t.is(nextStep(task('owned', 'bob'), ada), undefined)
  t.is(nextStep(task('available'), caller('vic', 'viewer')), undefined)
})

test('a move is called by what it does', t => {
  t.is(actLabel(task('owned', 'ada'), 'available'), 'Release')
  t.is(actLabel(task('failed', 'ada'), 'available'), 'Reopen')
  t.is(actLabel(task('in_progress', 'ada'), 'owned'), 'Pause')
  t.is(actLabel(task('available'), 'in_progress'), 'Take and start')
})
