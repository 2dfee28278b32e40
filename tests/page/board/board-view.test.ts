import test from 'ava'
import type {Board} from '../../../src/client/client.ts'
import {
  type Card,
  columnsOf,
  countText,
  groupsOf,
  neighbourOf,
  progressOf,
} from '../../../src/page/board/board-view.ts'
import {isFiltering, noFilter} from '../../../src/page/board/filter.ts'
import {aBoard, aTask} from '../../helpers/sample-board.ts'

const board = aBoard({
  Launch: [
    aTask({id: 'Fuel', acceptance_criteria_refs: ['AC-7']}),
    aTask({id: 'Ignite', status: 'in_progress', owner_user_id: 'ada'}),
    aTask({id: 'Log', status: 'completed', owner_user_id: 'bob', updated_at: '2026-03-01T11:00:00.000Z'}),
  ],
  Land: [
    aTask({id: 'Brake', status: 'owned', owner_user_id: 'bob'}),
    aTask({id: 'Chute', status: 'completed', owner_user_id: 'gone', updated_at: '2026-03-01T12:00:00.000Z'}),
    aTask({id: 'Wings', status: 'cancelled'}),
  ],
})
const titles = (cards: Card[]) => cards.map(({task}) => task.title)
const shown = (filter: Partial<typeof noFilter>) =>
  columnsOf(board, {...noFilter, ...filter}).flatMap(({cards}) => titles(cards))

test('each status has a column with its tasks, in the order of their ranks', t => {
  const columns = columnsOf(board, noFilter)
  t.deepEqual(
    columns.map(({status, cards}) => [status, ...titles(cards)]),
    [
      ['available', 'Fuel'],
      ['owned', 'Brake'],
      ['in_progress', 'Ignite'],
      ['completed', 'Chute', 'Log'],
      ['failed'],
      ['cancelled', 'Wings'],
    ],
  )
})

test('a card shows the story and the name of the owner; the name is “Someone” when the owner is unknown', t => {
  const [available, owned, , completed] = columnsOf(board, noFilter)
  t.is(available!.cards[0]!.ownerName, null)
  t.is(owned!.cards[0]!.ownerName, 'Bob')
  t.is(owned!.cards[0]!.storyTitle, 'Land')
  t.is(completed!.cards[0]!.ownerName, 'Someone')
})

test('the text filter selects tasks whose title, story, owner and acceptance criteria together contain every word', t => {
  t.deepEqual(shown({text: 'BRAKE'}), ['Brake'])
  t.deepEqual(shown({text: 'launch'}), ['Fuel', 'Ignite', 'Log'])
  t.deepEqual(shown({text: 'launch bob'}), ['Log'])
  t.deepEqual(shown({text: 'ac-7'}), ['Fuel'])
  t.deepEqual(shown({text: '  '}), shown({}))
})

test('filters can select the viewer’s own tasks, the open tasks, or the tasks with a given status', t => {
  t.deepEqual(shown({owner: 'ada'}), ['Ignite'])
  t.deepEqual(shown({status: 'open'}), ['Fuel', 'Brake', 'Ignite'])
  t.deepEqual(shown({status: 'owned'}), ['Brake'])
  t.deepEqual(
    columnsOf(board, {...noFilter, status: 'owned'}).map(({status}) => status),
    ['owned'],
  )
})

test('the owner, label, priority and story of a filter hide the other cards, and its text finds names of labels', t => {
  const tasks = [
    aTask({id: 'plain', title: 'Plain'}),
    aTask({id: 'urgent', title: 'Urgent', priority: 'urgent', label_ids: ['7'], owner_user_id: 'ada'}),
  ]
  const labels = [{id: '7', name: 'Safety'}] as Board['labels']
  const withLabels = {...aBoard({Launch: tasks}), labels}
  const shownBy = (filter: Partial<typeof noFilter>) =>
    columnsOf(withLabels, {...noFilter, ...filter}).flatMap(({cards}) => titles(cards))
  t.deepEqual(shownBy({priority: 'urgent'}), ['Urgent'])
  t.deepEqual(shownBy({priority: 'none'}), ['Plain'])
  t.deepEqual(shownBy({label: '7'}), ['Urgent'])
  t.deepEqual(shownBy({owner: 'none'}), ['Plain'])
  t.deepEqual(shownBy({text: 'safe'}), ['Urgent'])
  t.deepEqual(shownBy({label: '7', priority: 'none'}), [])
  const story = withLabels.stories[0]!.id
  t.deepEqual(shownBy({story}), shownBy({}))
  t.deepEqual(shownBy({story: 'other'}), [])
})

test('the filter for blocked tasks shows the unfinished tasks that wait for another task, in the columns of unfinished tasks', t => {
  const waiting = {blocked_by_task_ids: ['free'], open_blocker_count: 1}
  const tasks = [
    aTask({id: 'free'}),
    aTask({id: 'waiting', ...waiting}),
    aTask({id: 'done', status: 'completed', ...waiting}),
  ]
  const columns = columnsOf(aBoard({Launch: tasks}), {...noFilter, status: 'blocked'})
  t.deepEqual(
    columns.map(({status, cards}) => [status, ...titles(cards)]),
    [['available', 'waiting'], ['owned'], ['in_progress'], ['failed']],
  )
})

test('a column counts all of its tasks, including hidden tasks', t => {
  const [available] = columnsOf(board, {...noFilter, text: 'nothing'})
  t.is(available!.cards.length, 0)
  t.is(available!.total, 1)
})

test('each story has a group; the stories and the tasks of a story are in the order of their ranks, and the group counts the tasks that are not cancelled', t => {
  const [land, launch] = groupsOf(board, noFilter)
  t.deepEqual(titles(launch!.cards), ['Fuel', 'Ignite', 'Log'])
  t.deepEqual(titles(land!.cards), ['Brake', 'Chute', 'Wings'])
  t.deepEqual([land!.done, land!.total], [1, 2], 'a cancelled task does not count')
})

test('a story without tasks has a group only when no filter is active', t => {
  const empty = aBoard({Launch: [aTask({id: 'Fuel'})], Dream: []})
  t.is(groupsOf(empty, noFilter).length, 2)
  t.is(groupsOf(empty, {...noFilter, text: 'fuel'}).length, 1)
})

test('progress counts completed and started tasks, and the total excludes cancelled tasks', t => {
  t.like(progressOf(board), {completed: 2, inProgress: 1, total: 5})
})

test('the hours of a sprint and of a story are the sums of the estimates; cancelled tasks are not counted', t => {
  const tasks = [
    aTask({id: '1', estimated_hours: 1.5}),
    aTask({id: '2', status: 'failed', estimated_hours: 1}),
    aTask({id: '3', status: 'completed', estimated_hours: 4}),
    aTask({id: '4', status: 'cancelled', estimated_hours: 8}),
    aTask({id: '5'}),
  ]
  const estimated = aBoard({Launch: tasks, Land: [aTask({id: '6', estimated_hours: 2})]})
  t.deepEqual(progressOf(estimated).hours, {open: 4.5, total: 8.5})
  t.deepEqual(
    groupsOf(estimated, noFilter).map(({hours}) => hours),
    [
      {open: 2, total: 2},
      {open: 2.5, total: 6.5},
    ],
  )
})

test('a text filter that contains only spaces is not active', t => {
  t.false(isFiltering({...noFilter, text: '  '}))
  t.true(isFiltering({...noFilter, owner: 'ada'}))
})

test('the neighbour of a card is the next card of its column, or the previous card after the last one', t => {
  const cardsOf = (...ids: string[]) => ({cards: ids.map(id => ({task: {id}}) as Card)})
  const lists = [cardsOf('1', '2', '3'), cardsOf('4')]
  t.is(neighbourOf(lists, '1'), '2')
  t.is(neighbourOf(lists, '3'), '2')
  t.is(neighbourOf(lists, '4'), undefined)
  t.is(neighbourOf(lists, '5'), undefined)
})

test('the count of a column names the cards that the filter hides', t => {
  const [column] = columnsOf(board, noFilter)
  const {cards, total} = column!
  t.is(countText({cards, total}), `${total}`)
  t.is(countText({cards: [], total}), `0/${total}`)
})
