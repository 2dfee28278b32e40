import test from 'ava'
import {linesOf, totalsText} from '../../../src/page/plan/burndown-lines.ts'

const entry = (day: string, task_count: number, completed_task_count: number) => ({
  day,
  task_count,
  completed_task_count,
  estimated_hours: 0,
  completed_hours: 0,
})

test('a day without an entry is like the day before, and the even pace ends on the last day of the sprint', t => {
  const days = [entry('2026-03-02', 8, 0), entry('2026-03-03', 8, 3), entry('2026-03-07', 9, 7)]
  t.deepEqual(linesOf({sprint_id: 's', days}, {starts_on: null, ends_on: '2026-03-12'}), {
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
    recordedSince: undefined,
    ideal: [
      {day: 0, open: 8},
      {day: 10, open: 0},
    ],
  })
})

test('a sprint without a last day, and one that lasts longer than planned, have a chart up to the last entry', t => {
  const days = [entry('2026-03-30', 2, 0), entry('2026-04-01', 2, 2)]
  t.like(linesOf({sprint_id: 's', days}, {starts_on: null, ends_on: null}), {
    to: '2026-04-01',
    days: 2,
    ideal: undefined,
  })
  t.like(linesOf({sprint_id: 's', days}, {starts_on: null, ends_on: '2026-03-31'}), {
    to: '2026-04-01',
    ideal: [{open: 2}, {day: 1, open: 0}],
  })
})

test('one day of an empty sprint has a chart without a division by zero, and no day has no chart', t => {
  t.like(linesOf({sprint_id: 's', days: [entry('2026-03-02', 0, 0)]}, {starts_on: null, ends_on: null}), {
    days: 1,
    top: 1,
  })
  t.is(linesOf({sprint_id: 's', days: []}, {starts_on: null, ends_on: null}), undefined)
})

test('the chart and the even pace begin on the first day of the sprint, also when it was recorded later', t => {
  const burndown = {
    sprint_id: 's',
    days: [
      {...entry('2026-11-28', 15, 1), estimated_hours: 38, completed_hours: 2},
      {...entry('2026-11-30', 16, 7), estimated_hours: 40, completed_hours: 17.5},
    ],
  }
  const lines = linesOf(burndown, {starts_on: '2026-11-22', ends_on: '2026-12-05'})!
  t.like(lines, {from: '2026-11-22', days: 13, top: 15, recordedSince: '2026-11-28'})
  t.like(lines.actual[0], {day: 6, open: 14})
  t.deepEqual(lines.ideal, [
    {day: 0, open: 15},
    {day: 13, open: 0},
  ])
  t.regex(
    totalsText(burndown, lines),
    /^7 of 16 tasks and 17\.5 of 40 estimated hours done\. 3 more open tasks than at an even pace\. 1 task added since .*28.*\.$/,
  )
  const [first] = burndown.days
  t.is(
    totalsText(
      {...burndown, days: [{...first!, estimated_hours: 0}]},
      {...lines, actual: [{day: 12, open: 1}]},
    ),
    '1 of 15 tasks done. On an even pace.',
  )
})
