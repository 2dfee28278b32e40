import test from 'ava'
import {Problem} from '../../src/board/problem.ts'
import {changeOf, gather, isLostRace, mentionsIn, refusal, tell, tellReplay} from '../../src/page/notices.ts'
import {aBoard, anEvent, aTask} from '../helpers/sample-board.ts'

const board = aBoard({Launch: [aTask({id: 'Fuel'}), aTask({id: 'Ignite'})]})
const of = (task_id: string) => ({task_id, story_id: 'Launch'})

test('what others do is told with who and which', t => {
  const told = (event: Parameters<typeof anEvent>[0]) => {
    const change = changeOf(anEvent(event), board, 'ada')
    return change && [change.what, change.who, change.which]
  }
  t.deepEqual(told({type: 'ownership_taken', ...of('Fuel')}), ['Task claimed', 'Bob', 'Fuel'])
  t.deepEqual(told({type: 'ownership_released', ...of('Fuel')}), ['Task released', 'Bob', 'Fuel'])
  t.deepEqual(told({type: 'status_changed', new_status: 'in_progress', ...of('Fuel')}), [
    'Task status updated',
    'Bob',
    'Fuel → In progress',
  ])
  t.deepEqual(told({type: 'task.deleted', ...of('Fuel')}), ['Task deleted', 'Bob', 'Fuel'])
  t.deepEqual(told({type: 'ownership_taken', ...of('unknown')}), ['Task claimed', 'Bob', 'a task'])
  t.deepEqual(told({type: 'story.status.changed', story_id: 'Launch', new_status: 'done'}), [
    'Story updated',
    'Bob',
    'Launch',
  ])
  t.deepEqual(told({type: 'ownership_taken', actor_user_id: null, ...of('Fuel')})?.[1], 'Boardcast')
})

test('one hears nothing of what one did, nor of what goes along with another event', t => {
  t.is(changeOf(anEvent({type: 'ownership_taken', ...of('Fuel')}), board, 'bob'), undefined)
  t.is(changeOf(anEvent({type: 'task.started', ...of('Fuel')}), board, 'ada'), undefined)
  t.is(changeOf(anEvent({type: 'member.updated'}), board, 'ada'), undefined)
})

const change = (which: string, who = 'Bob', what = 'Task claimed') => ({what, who, which, taskId: which})

test('changes within two seconds of each other are told as one, later ones anew', t => {
  let gathered = gather(undefined, change('Fuel'), 0)
  t.deepEqual(tell(gathered), {title: 'Task claimed', detail: 'Bob · Fuel'})
  gathered = gather(gathered, change('Ignite'), 2_000)
  t.deepEqual(tell(gathered), {title: '2 changes', detail: 'Bob · Fuel and Ignite'})
  gathered = gather(gathered, change('Land', 'Eve', 'Task released'), 4_000)
  t.deepEqual(tell(gathered), {title: '3 changes', detail: 'Bob and Eve · Fuel and 2 more'})
  t.deepEqual(tell(gather(gathered, change('Fuel'), 6_001)), {title: 'Task claimed', detail: 'Bob · Fuel'})
})

test('one thing that changes twice is named once', t => {
  const twice = gather(gather(undefined, change('Fuel'), 0), change('Fuel'), 10)
  t.deepEqual(tell(twice), {title: '2 changes', detail: 'Bob · Fuel'})
})

test('a replay is told by its number', t => {
  t.is(tellReplay(14).title, '14 changes while you were away')
  t.is(tellReplay(1).title, '1 change while you were away')
})

test('a refusal says who was faster, that one is signed out, or what the server said', t => {
  const lost = new Problem('task-already-owned', '…', {owner_name: 'Bob', status: 409})
  t.deepEqual(refusal(lost, 'Fuel'), {title: 'Bob was faster', detail: '“Fuel” is taken.'})
  t.true(isLostRace(lost))
  t.is(refusal(new Problem('task-not-found', '…', {status: 404}), 'Fuel').detail, '“Fuel” was deleted.')
  t.is(refusal(new Problem('invalid-token', '…', {status: 401}), 'Fuel').title, 'You are signed out')
  t.is(
    refusal(new Problem('not-the-owner', 'Only the owner.', {status: 403}), 'Fuel').detail,
    'Only the owner.',
  )
  t.is(refusal(new TypeError('fetch failed'), 'Fuel').title, 'The server did not answer')
  t.false(isLostRace(new TypeError('fetch failed')))
})

test('a comment calls members by their whole name, or by a first name that one alone has', t => {
  const members = [
    {id: '1', name: 'Ada Lovelace'},
    {id: '2', name: 'Grace Hopper'},
    {id: '3', name: 'Grace Kelly'},
    {id: '4', name: 'Zoë (QA)'},
  ]
  const called = (body: string) => mentionsIn(body, members)
  t.deepEqual(called('@ada, look'), ['1'])
  t.deepEqual(called('ask @Grace Hopper or @zoë'), ['2', '4'])
  t.deepEqual(called('@grace?'), [])
  t.deepEqual(called('@adamant ada'), [])
})
