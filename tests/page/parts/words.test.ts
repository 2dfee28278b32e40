import test from 'ava'
import {Problem, type ProblemCode} from '../../../src/board/problem.ts'
import type {Notification} from '../../../src/client/client.ts'
import {
  actionLabel,
  cannotTakeText,
  causeText,
  failureSentence,
  failureText,
  missedChangesText,
} from '../../../src/page/parts/words.ts'

const problem = (code: ProblemCode, status: number, data: Record<string, unknown> = {}) =>
  new Problem(code, 'The message of the server.', {...data, status})

test('the note for replayed changes contains the number of changes', t => {
  t.is(missedChangesText(14).title, '14 changes while you were away')
  t.is(missedChangesText(1).title, '1 change while you were away')
})

test('the label of a status change is the name of the action that causes the change', t => {
  t.is(actionLabel('owned', 'available'), 'Release')
  t.is(actionLabel('failed', 'available'), 'Reopen')
  t.is(actionLabel('available', 'owned'), 'Take')
  t.is(actionLabel('in_progress', 'owned'), 'Pause')
  t.is(actionLabel('available', 'in_progress'), 'Take and start')
})

test('when a task cannot be taken, the text contains the owner or the status of the task', t => {
  t.is(cannotTakeText('in_progress', 'Bob').title, 'Bob owns this task')
  t.is(cannotTakeText('cancelled', undefined).title, 'This task is cancelled')
})

test('the text for a failed change names the member who took the task first, or explains the failure', t => {
  t.deepEqual(failureText(problem('task-already-owned', 409, {owner_name: 'Bob'}), 'Fuel'), {
    title: 'Bob took this task first',
    detail: 'Fuel',
  })
  t.is(failureText(problem('task-not-found', 404), 'Fuel').title, 'This task was deleted')
  t.is(
    failureText(problem('unexpected-response' as ProblemCode, 502), 'Fuel').detail,
    'The server reported an error. Try again in a moment.',
  )
  t.deepEqual(failureText(new TypeError('fetch failed'), 'Fuel'), {
    title: 'The server did not respond',
    detail: 'Your change might not have been saved: Fuel',
  })
})

test('the page has its own texts for known error codes and for a missing response; for other failures, the page shows the message of the server', t => {
  t.is(failureSentence(problem('invalid-token', 401)), 'Your session has ended. Sign in again to continue.')
  t.is(
    failureSentence(problem('invalid-status-move', 409, {from: 'completed', to: 'in_progress'})),
    'This task is completed and cannot be moved to In progress.',
  )
  t.is(
    failureSentence(problem('not-the-owner', 403)),
    'Only the owner of this task or an admin can make this change.',
  )
  t.is(failureSentence(problem('idempotency-key-reused', 422)), 'The message of the server.')
  t.is(failureSentence(new TypeError('fetch failed')), 'The server did not respond. Try again.')
})

test('the text of a notification distinguishes a request for a release from a question', t => {
  const asked = {cause: 'escalation.created', escalation_kind: 'release'} as Notification
  t.is(causeText(asked), 'asked you to release a task')
  t.is(causeText({...asked, escalation_kind: 'question'}), 'asked you a question')
  const responded = {...asked, cause: 'escalation.responded', text: 'After lunch.'} as const
  t.is(causeText({...responded, escalation_kind: 'question'}), 'answered your question')
  t.is(causeText(responded), 'answered your request for a task')
  t.is(causeText({...responded, text: null}), 'ended your request for a task')
})
