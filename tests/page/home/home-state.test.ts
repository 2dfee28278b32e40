import test from 'ava'
import type {Escalation} from '../../../src/board/escalation.ts'
import {applyToHome, type Home, makesCountsUnknown, progressOf} from '../../../src/page/home/home-state.ts'
import {escalationsInOrder} from '../../../src/page/questions/escalation-order.ts'
import {anEvent} from '../../helpers/sample-board.ts'

const project = (id: string, version = 1, phase = 'build') => ({id, name: id, phase, version}) as never
const story = (id: string, version = 1, status = 'ready', project_id = 'project') =>
  ({id, title: id, status, version, project_id}) as never
const escalation = (id: string, fields: Partial<Escalation> = {}) =>
  ({id, question: id, status: 'open', created_at: id, project_id: 'project', ...fields}) as Escalation

const cursor = 'abc-8' // the position of the events; the data is at position 7
const home: Home = {
  cursor: 'abc-7',
  projects: [project('project'), project('other')],
  sprints: [],
  stories: [story('s1', 3), story('s2', 1, 'ready', 'other')],
  escalations: [escalation('e1')],
}

test('events create, change and delete stories and projects', t => {
  const made = applyToHome(home, anEvent({type: 'story.created', story: story('s3')}), undefined, cursor)
  t.deepEqual(
    made.stories.map(({id}) => id),
    ['s1', 's2', 's3'],
  )
  const moved = anEvent({type: 'story.status.changed', story_id: 's1', new_status: 'done', version: 4})
  t.is(applyToHome(home, moved, undefined, cursor).stories[0]!.status, 'done')
  const phase = anEvent({type: 'project.phase.changed', new_phase: 'launch', version: 2})
  t.is(applyToHome(home, phase, undefined, cursor).projects[0]!.phase, 'launch')
  const gone = applyToHome(home, anEvent({type: 'story.deleted', story_id: 's1'}), undefined, cursor)
  t.deepEqual(
    gone.stories.map(({id}) => id),
    ['s2'],
  )
})

test('an event changes nothing when its version is older than the known version, or when its escalation is already known', t => {
  const old = anEvent({type: 'story.updated', story: story('s1', 2, 'draft')})
  t.deepEqual(applyToHome(home, old, undefined, cursor), home)
  const again = anEvent({type: 'escalation.created', escalation: escalation('e1')})
  t.is(applyToHome(home, again, undefined, cursor), home)
})

test('deleting a project removes its stories and escalations', t => {
  const {projects, stories, escalations} = applyToHome(
    home,
    anEvent({type: 'project.deleted'}),
    undefined,
    cursor,
  )
  t.deepEqual([projects.length, stories.length, escalations.length], [1, 1, 0])
})

test('the page of one project ignores events of other projects', t => {
  const elsewhere = anEvent({type: 'project.created', project: project('new'), project_id: 'new'})
  t.is(applyToHome(home, elsewhere, 'project', cursor), home)
  t.is(applyToHome(home, elsewhere, undefined, cursor).projects.length, 3)
})

test('an answered escalation moves to the answered escalations, and open escalations are sorted oldest first', t => {
  const response = escalation('e1', {status: 'responded', responded_at: '9'})
  const after = applyToHome(
    {...home, escalations: [escalation('e3'), escalation('e1'), escalation('e2')]},
    anEvent({type: 'escalation.responded', escalation: response}),
    undefined,
    cursor,
  )
  const {open, answered} = escalationsInOrder(after.escalations)
  t.deepEqual(
    open.map(({id}) => id),
    ['e2', 'e3'],
  )
  t.deepEqual(
    answered.map(({id}) => id),
    ['e1'],
  )
})

const counted = (tasks: number, completed: number): Home => ({
  ...home,
  stories: [{...(story('s1') as object), task_count: tasks, completed_task_count: completed} as never],
})
const moved = (old_status: string, new_status: string) =>
  anEvent({type: 'status_changed', story_id: 's1', task_id: 't', old_status, new_status})

const movedTo = (to_story_id: string, status: string) => {
  const task = {id: 't', status} as never
  return anEvent({type: 'task.moved', story_id: to_story_id, from_story_id: 's1', to_story_id, task})
}

test('events of tasks change the numbers of tasks of their story; cancelled tasks are not counted', t => {
  const after = (from: Home, ...events: ReturnType<typeof anEvent>[]) =>
    progressOf(events.reduce((known, event) => applyToHome(known, event, undefined, cursor), from).stories)
  t.deepEqual(after(counted(3, 1), anEvent({type: 'task.created', story_id: 's1'})), {completed: 1, total: 4})
  t.deepEqual(after(counted(3, 1), moved('in_progress', 'completed')), {completed: 2, total: 3})
  t.deepEqual(after(counted(3, 1), moved('owned', 'cancelled')), {completed: 1, total: 2})
  t.deepEqual(after(counted(3, 1), moved('completed', 'available')), {completed: 0, total: 3})
  t.deepEqual(after(counted(3, 1), moved('cancelled', 'available')), {completed: 1, total: 4})
  const made = anEvent({type: 'story.created', story: story('s2')})
  const task = anEvent({type: 'task.created', story_id: 's2'})
  t.deepEqual(after(counted(3, 1), made, task), {completed: 1, total: 4})
  const renamed = anEvent({type: 'story.updated', story_id: 's1', story: story('s1', 2)})
  t.deepEqual(
    after(counted(3, 1), renamed),
    {completed: 1, total: 3},
    'an edit of the story keeps the numbers',
  )
})

test('a task that moves to another story is counted in the new story and no longer in the old story', t => {
  const s2 = {...(story('s2') as object), task_count: 0, completed_task_count: 0} as never
  const before = {...counted(3, 1), stories: [...counted(3, 1).stories, s2]}
  const numbers = (status: string) =>
    applyToHome(before, movedTo('s2', status), undefined, cursor).stories.map(
      ({task_count, completed_task_count}) => [task_count, completed_task_count],
    )
  t.deepEqual(numbers('owned'), [
    [2, 1],
    [1, 0],
  ])
  t.deepEqual(numbers('completed'), [
    [2, 0],
    [1, 1],
  ])
  t.deepEqual(numbers('cancelled'), [
    [3, 1],
    [0, 0],
  ])
  const withItsStory = anEvent({type: 'task.moved', story_id: 's1', task: {status: 'owned'} as never})
  t.is(applyToHome(before, withItsStory, undefined, cursor), before, 'the story has moved with its tasks')
  t.false(makesCountsUnknown(before, movedTo('s2', 'owned')))
  t.true(makesCountsUnknown(before, movedTo('new', 'owned')))
  t.false(makesCountsUnknown({...before, stories: []}, withItsStory))
})

test('an event that the data already includes changes no number', t => {
  const event = anEvent({type: 'task.created', story_id: 's1'})
  const before = counted(3, 1)
  t.is(applyToHome(before, event, undefined, 'abc-7'), before)
})

test('the numbers are read again after a deleted task, and after a task of an unknown story', t => {
  t.true(makesCountsUnknown(home, anEvent({type: 'task.deleted', story_id: 's1'})))
  t.true(makesCountsUnknown(home, anEvent({type: 'task.created', story_id: 'new'})))
  t.true(makesCountsUnknown(home, anEvent({type: 'board.imported', project_id: 'p1'})))
  t.false(makesCountsUnknown(home, anEvent({type: 'task.created', story_id: 's1'})))
  t.false(makesCountsUnknown(home, moved('owned', 'cancelled')))
})

test('while the numbers of tasks are unknown, events of tasks change nothing', t => {
  t.is(applyToHome(home, anEvent({type: 'task.created', story_id: 's1'}), undefined, cursor), home)
  t.deepEqual(progressOf(home.stories), {completed: 0, total: 0})
})

test('an event changes the rank of a story', t => {
  const moved = anEvent({type: 'story.ranked', story_id: 's1', rank: 'b', version: 4})
  t.is(applyToHome(home, moved, undefined, cursor).stories[0]!.rank, 'b')
  t.deepEqual(applyToHome(home, {...moved, version: 2} as never, undefined, cursor), home)
})
