import test from 'ava'
import {type Happening, happeningOf, mostHappenings, newestFirst} from '../../src/page/activity.ts'
import {anEvent} from '../helpers/sample-board.ts'

const run = (second: number, run_id = 'r1') =>
  anEvent({
    type: 'agent.started',
    agent: 'writer',
    run_id,
    timestamp: `2026-03-01T10:00:${String(second).padStart(2, '0')}.000Z`,
  }) as Happening

test('activities are told, of the project that is shown, and nothing else', t => {
  t.is(happeningOf(run(1) as never, undefined)?.type, 'agent.started')
  t.is(happeningOf(run(1) as never, 'project')?.type, 'agent.started')
  t.is(happeningOf(run(1) as never, 'another'), undefined)
  t.is(happeningOf(anEvent({type: 'story.created'}), undefined), undefined)
})

test('they stand with the newest first, each once though list and stream both bring it, and not for ever', t => {
  const listed: Happening = Object.assign({id: 'a1'}, run(1))
  const all = newestFirst([listed, run(3), run(2), run(1), run(2, 'r2')])
  t.deepEqual(
    all.map(({timestamp}) => timestamp.slice(17, 19)),
    ['03', '02', '02', '01'],
  )
  const many = Array.from({length: mostHappenings + 5}, (_, index) => run(index))
  t.is(newestFirst(many).length, mostHappenings)
})
