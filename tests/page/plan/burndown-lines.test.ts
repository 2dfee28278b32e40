import test from 'ava'
import {linesOf} from '../../../src/page/plan/burndown-lines.ts'

const entry = (day: string, task_count: number, completed_task_count: number) => ({
  day,
  task_count,
  completed_task_count,
  estimated_hours: 0,
  completed_hours: 0,
})

test('a day without an entry is like the day before, and the even pace ends on the last day of the sprint', t => {
  const days = [entry('2026-03-02', 8, 0), entry('2026-03-03', 8, 3), entry('2026-03-07', 9, 7)]
  t.deepEqual(linesOf({sprint_id: 's', days}, {ends_on: '2026-03-12'}), {
    from: '2026-03-02',
    to: '2026-03-12',
    days: 10,
    top: 8,
    actual: [
      {day: 0, open: 8},
      {day: 1, open: 5},
      {day: 4, open: 5},
      {day: 5, open: 2},
    ],
    ideal: [
      {day: 0, open: 8},
      {day: 10, open: 0},
    ],
  })
})

test('a sprint without a last day, and one that lasts longer than planned, have a chart up to the last entry', t => {
  const days = [entry('2026-03-30', 2, 0), entry('2026-04-01', 2, 2)]
  t.like(linesOf({sprint_id: 's', days}, {ends_on: null}), {to: '2026-04-01', days: 2, ideal: undefined})
  t.like(linesOf({sprint_id: 's', days}, {ends_on: '2026-03-31'}), {
    to: '2026-04-01',
    ideal: [{open: 2}, {day: 1, open: 0}],
  })
})

test('one day of an empty sprint has a chart without a division by zero, and no day has no chart', t => {
  t.like(linesOf({sprint_id: 's', days: [entry('2026-03-02', 0, 0)]}, {ends_on: null}), {days: 1, top: 1})
  t.is(linesOf({sprint_id: 's', days: []}, {ends_on: null}), undefined)
})
