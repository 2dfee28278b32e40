import test from 'ava'
import type {Velocity} from '../../../src/client/client.ts'
import {barsOf} from '../../../src/page/plan/velocity-bars.ts'

type ClosedSprint = Velocity['sprints'][number]

const sprint = (name: string, totals: Partial<ClosedSprint>): ClosedSprint => ({
  sprint_id: name,
  name,
  closed_at: '2026-03-02T10:00:00.000Z',
  task_count: 0,
  completed_task_count: 0,
  estimated_hours: 0,
  completed_hours: 0,
  ...totals,
})
const velocityOf = (...sprints: ClosedSprint[]): Velocity => ({project_id: 'project', sprints})

test('bars show completed and planned hours as shares of the longest bar, with the average', t => {
  const chart = barsOf(
    velocityOf(
      sprint('Second', {estimated_hours: 20, completed_hours: 15}),
      sprint('First', {estimated_hours: 10, completed_hours: 5}),
    ),
  )
  t.like(chart, {unit: 'hour', average: 10, averageShare: 0.5})
  t.deepEqual(chart?.bars[0], {
    id: 'Second',
    name: 'Second',
    completed: 15,
    planned: 20,
    completedShare: 0.75,
    plannedShare: 1,
  })
  t.like(chart?.bars[1], {name: 'First', completedShare: 0.25, plannedShare: 0.5})
})

test('without estimates, the bars show tasks', t => {
  const chart = barsOf(velocityOf(sprint('First', {task_count: 4, completed_task_count: 3})))
  t.like(chart, {unit: 'task', average: 3, averageShare: 0.75})
})

test('sprints without tasks have bars without length', t => {
  t.like(barsOf(velocityOf(sprint('Empty', {})))?.bars[0], {completedShare: 0, plannedShare: 0})
})

test('only the last eight closed sprints count', t => {
  const old = sprint('Old', {task_count: 100, completed_task_count: 100})
  const recent = Array.from({length: 8}, (_, index) =>
    sprint(`${index}`, {task_count: 2, completed_task_count: 1}),
  )
  t.like(barsOf(velocityOf(...recent, old)), {average: 1, averageShare: 0.5})
})

test('without a closed sprint, there is no chart', t => {
  t.is(barsOf(velocityOf()), undefined)
})
