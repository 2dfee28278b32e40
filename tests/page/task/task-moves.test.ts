import test from 'ava'
import type {Caller} from '../../../src/board/member.ts'
import type {Task, TaskStatus} from '../../../src/board/task.ts'
import {
  actOfSteps,
  allowedStatuses,
  mayAskForRelease,
  nextStatus,
  rankStep,
  stepsTo,
} from '../../../src/page/task/task-moves.ts'
import {aTask} from '../../helpers/sample-board.ts'

const caller = (user_id: string, role: Caller['role']): Caller => ({
  user_id,
  organization_id: 'o',
  role,
  name: user_id,
})
const ada = caller('ada', 'member')
const task = (status: TaskStatus, owner_user_id: string | null = null) =>
  aTask({id: 'Fuel', status, owner_user_id})

test('moving an available task to in_progress takes the task and starts the task', t => {
  t.deepEqual(stepsTo(task('available'), 'in_progress', ada), ['take', 'in_progress'])
  t.deepEqual(stepsTo(task('available'), 'owned', ada), ['take'])
})

test('a task moves to any status through the statuses between', t => {
  const mine = task('owned', 'ada')
  t.deepEqual(stepsTo(task('available'), 'completed', ada), ['take', 'in_progress', 'completed'])
  t.deepEqual(stepsTo(mine, 'failed', ada), ['in_progress', 'failed'])
  t.deepEqual(stepsTo(mine, 'cancelled', ada), ['cancelled'])
  t.deepEqual(stepsTo(task('completed', 'ada'), 'in_progress', ada), ['available', 'take', 'in_progress'])
  t.is(stepsTo(task('completed', 'bob'), 'in_progress', ada), undefined)
  t.deepEqual(stepsTo(task('failed', 'ada'), 'cancelled', ada), ['available', 'cancelled'])
  t.is(stepsTo(task('owned', 'bob'), 'completed', ada), undefined)
  t.is(stepsTo(task('completed', 'bob'), 'owned', caller('vic', 'viewer')), undefined)
})

test('moving a task in progress to available releases the task, and moving a closed task to available reopens the task', t => {
  t.deepEqual(stepsTo(task('in_progress', 'ada'), 'available', ada), ['release'])
  t.deepEqual(stepsTo(task('completed', 'bob'), 'available', ada), ['available'])
})

test('owners may move their own tasks, admins may move all tasks, and viewers may move no task', t => {
  const mine = task('in_progress', 'ada')
  t.deepEqual(allowedStatuses(mine, ada), ['available', 'owned', 'completed', 'failed', 'cancelled'])
  t.deepEqual(allowedStatuses(task('in_progress', 'bob'), ada), [])
  t.deepEqual(allowedStatuses(task('owned', 'bob'), caller('root', 'admin')), [
    'available',
    'in_progress',
    'completed',
    'failed',
    'cancelled',
  ])
  t.deepEqual(allowedStatuses(task('available'), caller('vic', 'viewer')), [])
  t.is(stepsTo(mine, 'in_progress', ada), undefined)
})

test('the next status is the usual next step of a task; when the member cannot take that step, the next status is undefined', t => {
  t.is(nextStatus(task('available'), ada), 'owned')
  t.is(nextStatus(task('owned', 'ada'), ada), 'in_progress')
  t.is(nextStatus(task('in_progress', 'ada'), ada), 'completed')
  t.is(nextStatus(task('completed', 'ada'), ada), undefined)
  t.is(nextStatus(task('owned', 'bob'), ada), undefined)
  t.is(nextStatus(task('available'), caller('vic', 'viewer')), undefined)
})

test('a move in the order names the neighbour among the shown tasks; a move to the same place needs no request', t => {
  const ids = ['A', 'B', 'C']
  t.deepEqual(rankStep(ids, 'A', 1), {rank: {after_task_id: 'B'}})
  t.deepEqual(rankStep(ids, 'C', 0), {rank: {before_task_id: 'A'}})
  t.is(rankStep(ids, 'B', 1), undefined)
})

test('a member asks for the tasks of others, and an admin, who can give every task, does not ask', t => {
  t.true(mayAskForRelease(task('owned', 'bob'), ada))
  t.false(mayAskForRelease(task('owned', 'ada'), ada))
  t.false(mayAskForRelease(task('completed', 'bob'), ada))
  t.false(mayAskForRelease(task('owned', 'bob'), caller('root', 'admin')))
  t.false(mayAskForRelease(task('owned', 'bob'), caller('vic', 'viewer')))
})

test('the act of several steps contains only those that have succeeded', t => {
  const [before, taken, moved] = [task('available'), task('owned', 'ada'), task('in_progress', 'ada')]
  const made = (value: typeof before) => ({status: 'fulfilled', value: value as Task}) as const
  const refused = {status: 'rejected', reason: new Error('refused')} as const
  const place = {after_task_id: 't0'}
  const steps = ['take', 'in_progress', {rank: {before_task_id: 't2'}}] as const
  const status = ['status', 'owner_user_id', 'status', 'owner_user_id'] as const
  const act = {kind: 'task', before, place}
  t.deepEqual(actOfSteps(before, steps, [made(taken), made(moved), made(moved)], place), {
    ...act,
    after: moved,
    fields: [...status, 'rank'],
  })
  t.deepEqual(actOfSteps(before, steps, [made(taken), refused, refused], place), {
    ...act,
    after: taken,
    fields: ['status', 'owner_user_id'],
  })
  t.is(actOfSteps(before, steps, [refused, refused, refused], place), undefined)
})
