import test from 'ava'
import {currentAndOthers} from '../../../src/page/home/current-sprint.ts'

const sprint = (id: string, starts_on: string | null, ends_on: string | null, status = 'planned') =>
  ({id, starts_on, ends_on, status}) as never
const today = '2026-03-10'
const currentOf = (...sprints: never[]) => currentAndOthers(sprints, today).current?.id

test('the current sprint is the one whose days include today', t => {
  const past = sprint('past', '2026-02-01', '2026-02-14')
  const now = sprint('now', '2026-03-10', '2026-03-10')
  const next = sprint('next', '2026-03-11', '2026-03-24')
  t.is(currentOf(past, now, next), 'now')
  t.deepEqual(
    currentAndOthers([past, now, next], today).others.map(({id}) => id),
    ['next', 'past'],
  )
  t.is(currentOf(past, sprint('open', '2026-03-01', null), next), 'open')
})

test('an active sprint comes before other sprints, whatever their days, and a closed sprint comes last', t => {
  const late = sprint('late', '2026-02-20', '2026-03-09', 'active')
  const next = sprint('next', '2026-03-10', '2026-03-24')
  const closed = sprint('closed', '2026-03-01', '2026-03-14', 'closed')
  t.is(currentOf(late, next, closed), 'late')
  t.is(currentOf(sprint('undated', null, null), closed), 'undated')
  t.is(currentOf(sprint('early', null, null, 'closed'), closed), 'closed')
  t.is(currentOf(late, sprint('now', '2026-03-01', null, 'active')), 'now')
})

test('between two sprints, the next sprint is the current one', t => {
  const past = sprint('past', '2026-02-01', '2026-02-14')
  t.is(currentOf(past, sprint('later', '2026-04-01', null), sprint('next', '2026-03-11', null)), 'next')
})

test('without a sprint of today or later, the sprint that was created last is the current one', t => {
  t.is(currentOf(sprint('undated', null, null), sprint('past', '2026-02-01', '2026-02-14')), 'past')
  t.is(currentOf(sprint('past', '2026-02-01', '2026-02-14'), sprint('undated', null, null)), 'undated')
  t.is(currentOf(), undefined)
})
