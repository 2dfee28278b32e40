import test from 'ava'
import type {Escalation} from '../../../src/board/escalation.ts'
import {applyToHome, type Home} from '../../../src/page/home/home-state.ts'
import {escalationsInOrder} from '../../../src/page/questions/escalation-order.ts'
import {anEvent} from '../../helpers/sample-board.ts'

const project = (id: string, version = 1, phase = 'build') => ({id, name: id, phase, version}) as never
const story = (id: string, version = 1, status = 'ready', project_id = 'project') =>
  ({id, title: id, status, version, project_id}) as never
const escalation = (id: string, fields: Partial<Escalation> = {}) =>
  ({id, question: id, status: 'open', created_at: id, project_id: 'project', ...fields}) as Escalation

const home: Home = {
  projects: [project('project'), project('other')],
  sprints: [],
  stories: [story('s1', 3), story('s2', 1, 'ready', 'other')],
  escalations: [escalation('e1')],
}

test('events create, change and delete stories and projects', t => {
  const made = applyToHome(home, anEvent({type: 'story.created', story: story('s3')}), undefined)
  t.deepEqual(
    made.stories.map(({id}) => id),
    ['s1', 's2', 's3'],
  )
  const moved = anEvent({type: 'story.status.changed', story_id: 's1', new_status: 'done', version: 4})
  t.is(applyToHome(home, moved, undefined).stories[0]!.status, 'done')
  const phase = anEvent({type: 'project.phase.changed', new_phase: 'launch', version: 2})
  t.is(applyToHome(home, phase, undefined).projects[0]!.phase, 'launch')
  const gone = applyToHome(home, anEvent({type: 'story.deleted', story_id: 's1'}), undefined)
  t.deepEqual(
    gone.stories.map(({id}) => id),
    ['s2'],
  )
})

test('an event changes nothing when its version is older than the known version, or when its escalation is already known', t => {
  const old = anEvent({type: 'story.updated', story: story('s1', 2, 'draft')})
  t.deepEqual(applyToHome(home, old, undefined), home)
  const again = anEvent({type: 'escalation.created', escalation: escalation('e1')})
  t.is(applyToHome(home, again, undefined), home)
})

test('deleting a project removes its stories and escalations', t => {
  const {projects, stories, escalations} = applyToHome(home, anEvent({type: 'project.deleted'}), undefined)
  t.deepEqual([projects.length, stories.length, escalations.length], [1, 1, 0])
})

test('the page of one project ignores events of other projects', t => {
  const elsewhere = anEvent({type: 'project.created', project: project('new'), project_id: 'new'})
  t.is(applyToHome(home, elsewhere, 'project'), home)
  t.is(applyToHome(home, elsewhere, undefined).projects.length, 3)
})

test('an answered escalation moves to the answered escalations, and open escalations are sorted oldest first', t => {
  const response = escalation('e1', {status: 'responded', responded_at: '9'})
  const after = applyToHome(
    {...home, escalations: [escalation('e3'), escalation('e1'), escalation('e2')]},
    anEvent({type: 'escalation.responded', escalation: response}),
    undefined,
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
