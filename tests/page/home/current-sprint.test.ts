import test from 'ava'
import {currentAndOthers} from '../../../src/page/home/current-sprint.ts'

const sprint = (id: string, starts_on: string | null, ends_on: string | null) =>
  ({id, starts_on, ends_on}) as never
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

test('between two sprints, the next sprint is the current one', t => {
  const past = sprint('past', '2026-02-01', '2026-02-14')
  t.is(currentOf(past, sprint('later', '2026-04-01', null), sprint('next', '2026-03-11', null)), 'next')
})

test('without a sprint of today or later, the sprint that was created last is the current one', t => {
  t.is(currentOf(sprint('undated', null, null), sprint('past', '2026-02-01', '2026-02-14')), 'past')
  t.is(currentOf(sprint('past', '2026-02-01', '2026-02-14'), sprint('undated', null, null)), 'undated')
  t.is(currentOf(), undefined)
})
