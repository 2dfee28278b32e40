import test from 'ava'
import type {BoardTask} from '../../../src/board/task.ts'
import {
  groupedWork,
  type WorkFilter,
  workFilterIn,
  workGroupOf,
  workQueryOf,
} from '../../../src/page/home/work-groups.ts'

const task = (id: string, fields: Partial<BoardTask> = {}) =>
  ({
    id,
    status: 'owned',
    open_blocker_count: 0,
    project_id: 'moon',
    priority: null,
    due_on: null,
    ...fields,
  }) as BoardTask
const everything: WorkFilter = {project: '', show: 'all'}
const idsOf = (tasks: readonly BoardTask[], filter = everything) =>
  groupedWork(tasks, filter, '2026-02-28').map(({group, tasks}) => [group, ...tasks.map(({id}) => id)])

test('a task with an open blocker is blocked, and a closed task that is not completed is no work', t => {
  t.is(workGroupOf(task('a')), 'to-do')
  t.is(workGroupOf(task('a', {status: 'in_progress'})), 'in-progress')
  t.is(workGroupOf(task('a', {status: 'in_progress', open_blocker_count: 1})), 'blocked')
  t.is(workGroupOf(task('a', {status: 'completed', open_blocker_count: 1})), 'done')
  for (const status of ['available', 'failed', 'cancelled'] as const)
    t.is(workGroupOf(task('a', {status})), undefined)
})

test('within a group, what is due first comes first, then the highest priority, then the oldest task', t => {
  const tasks = [
    task('a'),
    task('b', {priority: 'low'}),
    task('c', {priority: 'urgent'}),
    task('d', {due_on: '2026-03-02', priority: 'low'}),
    task('e', {due_on: '2026-03-01'}),
    task('f', {due_on: '2026-03-02', priority: 'high'}),
  ]
  t.deepEqual(idsOf(tasks), [['to-do', 'e', 'f', 'd', 'c', 'b', 'a']])
})

test('what was done last comes first, and what was done long ago is left out', t => {
  const done = (id: string, completed_at: string) => task(id, {status: 'completed', completed_at})
  t.deepEqual(
    idsOf([
      done('old', '2026-02-27'),
      done('a', '2026-03-01'),
      done('b', '2026-03-03'),
      done('c', '2026-03-02'),
    ]),
    [['done', 'b', 'c', 'a']],
  )
})

test('the filter shows one project or one group, and groups without tasks are not shown', t => {
  const tasks = [task('a', {status: 'in_progress'}), task('b'), task('c', {project_id: 'rover'})]
  t.deepEqual(idsOf(tasks), [
    ['in-progress', 'a'],
    ['to-do', 'b', 'c'],
  ])
  t.deepEqual(idsOf(tasks, {...everything, project: 'rover'}), [['to-do', 'c']])
  t.deepEqual(idsOf(tasks, {...everything, show: 'in-progress'}), [['in-progress', 'a']])
  t.deepEqual(idsOf(tasks, {...everything, show: 'waiting'}), [])
})

test('the address contains the filter, and unknown values show everything', t => {
  const filter: WorkFilter = {project: 'moon', show: 'blocked'}
  t.deepEqual(workFilterIn(workQueryOf(filter)), filter)
  t.is(workQueryOf(everything), '')
  t.deepEqual(workFilterIn('?show=nothing'), everything)
})
