import test from 'ava'
import {closingText, openStoriesOf} from '../../../src/page/plan/closing-text.ts'
import {aBoard, aTask} from '../../helpers/sample-board.ts'

test('the text says how many stories move, and that their completed tasks move, too', t => {
  const done = (id: string) => aTask({id, status: 'completed'})
  const textOf = (stories: Parameters<typeof aBoard>[0]) =>
    closingText('Sprint 1', openStoriesOf(aBoard(stories).stories))
  t.is(textOf({a: [done('1')]}), 'All stories of “Sprint 1” are done.')
  t.is(
    textOf({a: [aTask({id: '1'})], b: [done('2')]}),
    '1 story of “Sprint 1” is not done. Choose where to move it with all its tasks.',
  )
  t.is(
    textOf({a: [aTask({id: '1'}), done('2')], b: [done('3'), done('4'), aTask({id: '5'})]}),
    '2 stories of “Sprint 1” are not done. Choose where to move them with all their tasks. Their 3 completed tasks move, too.',
  )
  t.regex(textOf({a: [aTask({id: '1'}), done('2')]}), /Its 1 completed task moves, too\.$/)
})
