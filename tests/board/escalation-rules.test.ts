import test from 'ava'
import type {Escalation} from '../../src/board/escalation.ts'
import {mayRespond, respond} from '../../src/board/escalation-rules.ts'
import type {Caller, Role} from '../../src/board/member.ts'

const timestamp = '2026-03-01T10:00:00.000Z'
const caller = (user_id: string, role: Role): Caller => ({
  user_id,
  role,
  organization_id: 'org',
  name: user_id,
})
const escalation = (fields: Partial<Escalation> = {}): Escalation => ({
  id: 'escalation',
  project_id: 'project',
  story_id: null,
  task_id: null,
  kind: 'question',
  question: 'May we vent?',
  status: 'open',
  assignee_user_id: null,
  created_by_user_id: 'ada',
  response: null,
  approved: null,
  responded_by_user_id: null,
  created_at: timestamp,
  responded_at: null,
  ...fields,
})

test('when an escalation has no assignee, every member may respond to the escalation', t => {
  t.true(mayRespond(escalation(), caller('bob', 'member')))
  t.true(mayRespond(escalation(), caller('root', 'admin')))
  t.false(mayRespond(escalation(), caller('vic', 'viewer')))
})

test('when an escalation has an assignee, only the assignee and admins may respond to the escalation', t => {
  const assigned = escalation({assignee_user_id: 'grace'})
  t.true(mayRespond(assigned, caller('grace', 'member')))
  t.true(mayRespond(assigned, caller('root', 'admin')))
  t.false(mayRespond(assigned, caller('ada', 'member')))
  t.false(mayRespond(assigned, caller('grace', 'viewer')))
})

test('a response contains the member who responded, and the time of the response', t => {
  const action = {caller: caller('grace', 'member'), timestamp}
  t.deepEqual(
    respond(escalation(), {response: 'Slowly.'}, undefined, action),
    escalation({
      status: 'responded',
      response: 'Slowly.',
      responded_by_user_id: 'grace',
      responded_at: timestamp,
    }),
  )
})

test('a second response is rejected, and the response of a member who is not the assignee is also rejected', t => {
  const action = {caller: caller('bob', 'member'), timestamp}
  const responded = escalation({status: 'responded', response: 'No.', responded_by_user_id: 'grace'})
  t.throws(() => respond(responded, {response: 'Yes.'}, undefined, action), {
    code: 'escalation-already-responded',
  })
  const assigned = escalation({assignee_user_id: 'grace'})
  const problem = t.throws<any>(() => respond(assigned, {response: 'Yes.'}, undefined, action), {
    code: 'not-the-assignee',
  })
  t.deepEqual(problem.data, {assignee_user_id: 'grace'})
})
