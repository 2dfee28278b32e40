import test from 'ava'
import {noDiscussion} from '../../src/board/discussion.ts'
import type {BoardEvent} from '../../src/board/events.ts'
import type {NotificationCause} from '../../src/board/notification.ts'
import {notificationCauses} from '../../src/board/notification.ts'
import {notificationFor, type TaskContext} from '../../src/board/notification-rules.ts'

const [ada, bob, eve] = ['ada', 'bob', 'eve'] as const
const at = '2026-01-31T08:15:00.000Z'
const facts = {timestamp: at, actor_user_id: bob, project_id: 'project'}
const ofTask = {...facts, story_id: 'story', task_id: 'task', version: 2}
const adas: TaskContext = {title: 'Fill the tank', owners: [ada]}

const comment = {
  id: 'comment',
  task_id: 'task',
  author_user_id: bob,
  body: 'Mind the valve',
  created_at: at,
  edited_at: null,
}
const escalation = {
  id: 'escalation',
  project_id: 'project',
  story_id: null,
  task_id: null,
  kind: 'question',
  approved: null,
  question: 'May we vent?',
  status: 'open',
  assignee_user_id: ada,
  created_by_user_id: eve,
  response: null,
  responded_by_user_id: null,
  created_at: at,
  responded_at: null,
} as const
const answer = {status: 'responded', response: 'Yes.', responded_by_user_id: bob, responded_at: at} as const

const moved = {
  type: 'task.moved',
  ...ofTask,
  from_sprint_id: null,
  to_sprint_id: null,
  task: {} as never,
} as const

const events: Record<NotificationCause, BoardEvent> = {
  ownership_released: {type: 'ownership_released', ...ofTask, previous_owner_user_id: ada},
  ownership_transferred: {
    type: 'ownership_transferred',
    ...ofTask,
    owner_user_id: ada,
    previous_owner_user_id: null,
  },
  'task.completed': {type: 'task.completed', ...ofTask},
  'task.failed': {type: 'task.failed', ...ofTask},
  'task.cancelled': {type: 'task.cancelled', ...ofTask},
  'task.moved': {...moved, from_story_id: 'other', to_story_id: 'story'},
  'task.commented': {type: 'task.commented', ...ofTask, comment: {...comment, mentions: []}, ...noDiscussion},
  'task.comment.edited': {
    type: 'task.comment.edited',
    ...ofTask,
    comment: {...comment, mentions: [ada, eve]},
    new_mentions: [ada],
    ...noDiscussion,
  },
  'escalation.created': {type: 'escalation.created', ...facts, escalation},
  'escalation.responded': {type: 'escalation.responded', ...facts, escalation: {...escalation, ...answer}},
}

const roleOf: Partial<Record<NotificationCause, string>> = {
  'task.comment.edited': 'member whom the comment mentions since the edit',
  'escalation.created': 'assignee of the question',
  'escalation.responded': 'member who asked the question',
}

for (const cause of notificationCauses) {
  test(`${cause} notifies the ${roleOf[cause] ?? 'owner of the task'}, and the notification contains the actor, the time and the subject`, t => {
    const draft = notificationFor(events[cause], adas)
    t.deepEqual(draft?.recipients, [cause === 'escalation.responded' ? eve : ada])
    const isOfTask = !cause.startsWith('escalation')
    t.deepEqual(draft?.content, {
      cause,
      actor_user_id: bob,
      project_id: 'project',
      story_id: isOfTask ? 'story' : null,
      task_id: isOfTask ? 'task' : null,
      comment_id: cause.startsWith('task.comment') ? 'comment' : null,
      escalation_id: isOfTask ? null : 'escalation',
      escalation_kind: isOfTask ? null : 'question',
      title: isOfTask ? 'Fill the tank' : 'May we vent?',
      text:
        {
          'task.commented': 'Mind the valve',
          'task.comment.edited': 'Mind the valve',
          'escalation.responded': 'Yes.',
        }[cause as string] ?? null,
      created_at: at,
      read_at: null,
    })
  })

  test(`${cause} does not notify its actor`, t => {
    for (const actor_user_id of [ada, eve]) {
      const members = notificationFor({...events[cause], actor_user_id}, adas)?.recipients ?? []
      t.false(members.includes(actor_user_id))
    }
  })
}

test('no member is notified when a task moves with its story', t => {
  t.is(notificationFor(moved, adas), undefined)
})

test('no member is notified when a task is started, taken or deleted, or when an escalation has no assignee', t => {
  for (const type of ['task.started', 'task.deleted'] as const) {
    t.is(notificationFor({type, ...ofTask}, adas), undefined)
  }
  t.is(notificationFor({type: 'ownership_taken', ...ofTask, owner_user_id: bob}, adas), undefined)
  const unassigned = {...escalation, assignee_user_id: null}
  t.is(notificationFor({type: 'escalation.created', ...facts, escalation: unassigned}), undefined)
})

test('a comment notifies owners and mentioned members; when the owner of the task is mentioned, the owner is notified only once', t => {
  const mentions = [eve, ada, bob]
  const event = {...events['task.commented'], comment: {...comment, mentions}} as BoardEvent
  t.deepEqual(notificationFor(event, {...adas, owners: [ada, eve]})?.recipients, [ada, eve])
})

test('a long text is shortened to an excerpt, and no surrogate pair is split', t => {
  for (const body of ['x'.repeat(300), `${'x'.repeat(198)}${'🚀'.repeat(50)}`]) {
    const event = {...events['task.commented'], comment: {...comment, body, mentions: []}} as BoardEvent
    const {text} = notificationFor(event, adas)!.content
    t.true(text!.isWellFormed())
    t.true(text!.length >= 199 && text!.length <= 200)
    t.is(text, `${'x'.repeat(text!.length - 1)}…`)
  }
  const whole = {...comment, body: 'x'.repeat(200), mentions: []}
  t.is(
    notificationFor({...events['task.commented'], comment: whole} as BoardEvent, adas)?.content.text,
    whole.body,
  )
})

test('notificationFor throws an error when the context of the task is missing', t => {
  t.throws(() => notificationFor(events['task.completed']), {
    message: /requires the title and the owners of its task/,
  })
})
