/** The examples of the contract: one small organization, and the requests and responses about this organization. */
import type {BoardContent} from '../board/canonical-board.ts'
import type {ProblemCode} from '../board/problem.ts'
import {noCounts, reasonsNotKept} from '../board/project-import.ts'
import {firstRank} from '../board/rank.ts'
import {digestOf} from '../store/board-digest.ts'

const ids = {
  organization: '0193f6a4-2c00-7000-8000-00000000000a',
  ada: '0193f6a4-2c10-7000-8000-0000000000a1',
  grace: '0193f6a4-2c20-7000-8000-0000000000a2',
  ci: '0193f6a4-2c30-7000-8000-0000000000a3',
  project: '0193f6a4-3000-7000-8000-0000000000b1',
  label: '0193f6a4-3050-7000-8000-0000000000b2',
  sprint: '0193f6a4-3100-7000-8000-0000000000c1',
  story: '0193f6a4-3200-7000-8000-0000000000d1',
  task: '0193f6a4-3300-7000-8000-0000000000e1',
  otherTask: '0193f6a4-3310-7000-8000-0000000000e2',
  checklistItem: '0193f6a4-3350-7000-8000-0000000000e5',
  comment: '0193f6a4-3400-7000-8000-0000000000f1',
  escalation: '0193f6a4-3500-7000-8000-0000000000f2',
  notification: '0193f6a4-3600-7000-8000-0000000000f3',
  activity: '0193f6a4-3700-7000-8000-0000000000f4',
  apiKey: '0193f6a4-3800-7000-8000-0000000000f5',
}
const created_at = '2026-12-01T09:00:00.000Z'
const updated_at = '2026-12-01T09:30:00.125Z'
const cursor = 'ya5l6jkrjdnne-44'
const seenCursor = 'ya5l6jkrjdnne-43'

/** The key is a problem code such as `task-not-found`. The value is the example id in the path of the request. */
export const idExamples: Partial<Record<ProblemCode, string>> = {
  'project-not-found': ids.project,
  'label-not-found': ids.label,
  'sprint-not-found': ids.sprint,
  'story-not-found': ids.story,
  'task-not-found': ids.task,
  'checklist-item-not-found': ids.checklistItem,
  'comment-not-found': ids.comment,
  'escalation-not-found': ids.escalation,
  'notification-not-found': ids.notification,
  'member-not-found': ids.grace,
  'api-key-not-found': ids.apiKey,
}

const project = {
  id: ids.project,
  key: 'MOON',
  name: 'Moon landing',
  phase: 'build',
  wip_limits: {},
  version: 3,
  created_at,
  updated_at,
}
const label = {
  id: ids.label,
  project_id: ids.project,
  name: 'Safety',
  color: 'orange',
  version: 1,
  created_at,
  updated_at: created_at,
}
const sprint = {
  id: ids.sprint,
  project_id: ids.project,
  name: 'Sprint 12',
  goal: 'The lander hovers for ten seconds.',
  starts_on: '2026-12-01',
  ends_on: '2026-12-14',
  status: 'active',
  started_at: created_at,
  closed_at: null,
  version: 1,
  created_at,
  updated_at: created_at,
}
const totals = {task_count: 8, completed_task_count: 5, estimated_hours: 40, completed_hours: 22.5}
const story = {
  id: ids.story,
  project_id: ids.project,
  sprint_id: ids.sprint,
  title: 'Fuel the lander',
  description: 'The tank is full, and the gauge shows the level.',
  status: 'in_progress',
  rank: firstRank(ids.story),
  version: 2,
  created_at,
  updated_at,
}
const task = {
  id: ids.task,
  project_id: ids.project,
  sprint_id: ids.sprint,
  story_id: ids.story,
  number: 7,
  key: 'MOON-7',
  title: 'Check the valve',
  description: 'Open the valve and measure the flow.',
  status: 'owned',
  owner_user_id: ids.grace,
  created_by_user_id: ids.ada,
  acceptance_criteria_refs: ['AC-1'],
  estimated_hours: 2.5,
  priority: 'high',
  due_on: '2026-12-10',
  label_ids: [ids.label],
  blocked_by_task_ids: [],
  open_blocker_count: 0,
  links: [],
  checklist: [{id: ids.checklistItem, text: 'Measure the flow', is_done: false}],
  checklist_count: 1,
  checklist_done_count: 0,
  has_description: true,
  comment_count: 1,
  open_question_count: 1,
  discussion_version: 2,
  rank: firstRank(ids.task),
  version: 2,
  created_at,
  updated_at,
  owned_at: updated_at,
  completed_at: null,
}
const board = {
  sprint,
  stories: [{...withoutDescription(story), tasks: [onBoard(task)]}],
} as BoardContent
const grace = {id: ids.grace, name: 'Grace Hopper'}
const graceDetails = {
  ...grace,
  kind: 'person',
  role: 'member',
  last_seen_at: updated_at,
  removed_at: null,
}
const comment = {
  id: ids.comment,
  task_id: ids.task,
  author_user_id: ids.ada,
  body: 'The valve sticks when it is cold.',
  mentions: [ids.grace],
  created_at: updated_at,
  edited_at: null,
}
const escalation = {
  id: ids.escalation,
  project_id: ids.project,
  story_id: ids.story,
  task_id: ids.task,
  kind: 'question',
  question: 'May we replace the valve?',
  status: 'responded',
  assignee_user_id: ids.ada,
  created_by_user_id: ids.grace,
  response: 'Yes, use the spare valve.',
  approved: null,
  responded_by_user_id: ids.ada,
  created_at,
  responded_at: updated_at,
}
const notification = {
  id: ids.notification,
  cause: 'task.commented',
  actor_user_id: ids.ada,
  project_id: ids.project,
  story_id: ids.story,
  task_id: ids.task,
  comment_id: ids.comment,
  escalation_id: null,
  escalation_kind: null,
  title: task.title,
  text: comment.body,
  created_at: updated_at,
  read_at: null,
}
const pr = {
  number: 41,
  title: 'Close the valve on abort',
  url: 'https://github.example/acme/lander/pull/41',
  author: 'grace',
}
const activity = {
  type: 'agent.completed',
  id: ids.activity,
  timestamp: updated_at,
  actor_user_id: ids.ci,
  project_id: ids.project,
  agent: 'welder',
  run_id: 'run-7',
  outcome: 'succeeded',
}
const apiKey = {
  id: ids.apiKey,
  member_id: ids.ci,
  name: 'ci',
  role: 'member',
  created_at,
  expires_at: '2027-12-01T00:00:00.000Z',
  revoked_at: null,
}
const me = {user_id: ids.grace, organization_id: ids.organization, role: 'member', name: grace.name}

/** The bodies of requests, by operationId. */
export const requestExamples: Readonly<Record<string, unknown>> = {
  createApiKey: {name: 'ci', role: 'member', expires_at: '2027-12-01T00:00:00Z'},
  setRole: {role: 'viewer'},
  createProject: {name: project.name, key: project.key, phase: 'planning'},
  editProject: {phase: project.phase, wip_limits: project.wip_limits},
  createLabel: {name: label.name, color: label.color},
  editLabel: {color: 'red'},
  createSprint: {name: sprint.name, goal: sprint.goal, starts_on: sprint.starts_on, ends_on: sprint.ends_on},
  editSprint: {ends_on: '2026-12-16'},
  setSprintStatus: {status: 'active'},
  createStory: {title: story.title, description: story.description, sprint_id: ids.sprint},
  editStory: {sprint_id: null},
  setStoryStatus: {status: story.status},
  createTask: {
    title: task.title,
    description: task.description,
    acceptance_criteria_refs: task.acceptance_criteria_refs,
    estimated_hours: task.estimated_hours,
    priority: task.priority,
    due_on: task.due_on,
    label_ids: task.label_ids,
  },
  editTask: {title: 'Check both valves', estimated_hours: 4, priority: 'urgent'},
  takeTask: {owner_user_id: ids.grace},
  addChecklistItem: {text: 'Measure the flow'},
  editChecklistItem: {is_done: true},
  setTaskStatus: {status: 'in_progress'},
  rankTask: {after_task_id: ids.otherTask},
  changeTasks: {
    task_ids: [ids.task],
    changes: {priority: 'urgent', add_label_ids: [ids.label]},
    if_versions: {[ids.task]: task.version},
  },
  deleteTasks: {task_ids: [ids.task, ids.otherTask]},
  rankStory: {before_story_id: null},
  commentOnTask: {body: comment.body, mentions: comment.mentions},
  editComment: {body: 'The valve sticks below 5 °C.'},
  raiseEscalation: {question: escalation.question, task_id: ids.task, assignee_user_id: ids.ada},
  respondToEscalation: {response: escalation.response},
  markNotificationsRead: {up_to: cursor},
  recordActivity: {type: 'agent.completed', agent: 'welder', run_id: 'run-7', outcome: 'succeeded'},
  setGithubSecret: {secret: 'a random text of 16 characters or more'},
  showOpenTask: {client_id: '9f3c2d61', task_id: ids.task},
  requestTicket: {topics: ['tasks'], sprint_id: [ids.sprint]},
  reportDivergence: {
    sprint_id: ids.sprint,
    cursor,
    expected: digestOf(board),
    actual: digestOf({...board, stories: []}),
  },
  receiveGithubDelivery: {
    action: 'opened',
    pull_request: {
      number: pr.number,
      title: pr.title,
      html_url: pr.url,
      merged: false,
      user: {login: pr.author},
    },
  },
  signIn: {demo_member: 'grace'},
}

const taskFields = {
  project_id: ids.project,
  sprint_id: ids.sprint,
  story_id: ids.story,
  task_id: ids.task,
}

const ownershipTaken = {
  type: 'ownership_taken',
  timestamp: updated_at,
  actor_user_id: ids.grace,
  ...taskFields,
  version: task.version,
  owner_user_id: ids.grace,
}

/** The bodies of responses, by the name of their schema. */
export const responseExamples: Readonly<Record<string, unknown>> = {
  MeWithQuotas: {...me, quotas: [{setting: 'MAX_PROJECTS', limit: 1_000, used: 1}]},
  Me: me,
  MemberPage: pageOf(graceDetails),
  MemberDetails: graceDetails,
  CreatedApiKey: {...apiKey, key: `bck_${'example-'.repeat(5)}key`},
  ApiKeyPage: pageOf(apiKey),
  Project: project,
  ProjectPage: pageOf(project),
  Label: label,
  LabelPage: pageOf(label),
  Sprint: sprint,
  SprintPage: pageOf(sprint),
  Burndown: {
    sprint_id: ids.sprint,
    days: [
      {...totals, completed_task_count: 0, completed_hours: 0, day: '2026-12-01'},
      {...totals, day: '2026-12-02'},
    ],
  },
  Velocity: {
    project_id: ids.project,
    sprints: [{...totals, sprint_id: ids.sprint, name: sprint.name, closed_at: updated_at}],
  },
  Backlog: {
    project,
    stories: board.stories.map(story => ({
      ...story,
      sprint_id: null,
      tasks: story.tasks.map(task => ({...task, sprint_id: null})),
    })),
    labels: [label],
    members: [{id: ids.ada, name: 'Ada Lovelace'}, grace],
    cursor,
  },
  Board: {
    ...board,
    labels: [label],
    members: [{id: ids.ada, name: 'Ada Lovelace'}, grace],
    cursor,
    digest: digestOf(board),
  },
  Dashboard: {
    projects: [project],
    sprints: [sprint],
    stories: [
      {
        ...withoutDescription(story),
        task_count: 1,
        completed_task_count: 0,
        estimated_hours: 2,
        completed_hours: 0,
      },
    ],
    escalations: [escalation],
    complete: true,
    cursor,
  },
  Story: story,
  StoryPage: pageOf(story),
  Task: task,
  TaskPage: pageOf(task),
  ChangedTasks: {tasks: [task]},
  OwnTaskPage: pageOf(onBoard(task)),
  ImportReport: {
    format: 'trello',
    preview: true,
    created: {...noCounts(), labels: 1, stories: 1, tasks: 12, checklist_items: 3},
    updated: noCounts(),
    unchanged: noCounts(),
    statuses: [{from: 'Doing', to: 'in_progress', count: 12}],
    not_kept: [
      {reason: 'attachments', explanation: reasonsNotKept.attachments, count: 2, example: task.title},
    ],
  },
  ProjectExport: {
    boardcast_export: 1,
    exported_at: updated_at,
    project,
    members: [{id: ids.ada, name: 'Ada Lovelace'}, grace],
    labels: [label],
    sprints: [sprint],
    stories: [story],
    tasks: [task],
    comments: [comment],
  },
  HistoryPage: {
    items: [
      {
        seq: 1042,
        type: 'status_changed',
        timestamp: updated_at,
        actor_user_id: ids.ada,
        changes: [{field: 'status', from: 'owned', to: 'in_progress'}],
      },
    ],
    next: null,
  },
  SearchPage: {
    items: [
      {
        kind: 'task',
        id: ids.task,
        project_id: ids.project,
        sprint_id: ids.sprint,
        story_id: ids.story,
        task_id: ids.task,
        key: task.key,
        title: task.title,
        title_hits: [{start: 10, end: 15}],
        excerpt: task.description,
        excerpt_hits: [{start: 9, end: 14}],
      },
    ],
    next: null,
  },
  Comment: comment,
  CommentPage: pageOf(comment),
  Escalation: escalation,
  EscalationPage: pageOf(escalation),
  Notification: notification,
  NotificationPage: {
    ...pageOf(notification),
    unread_count: 1,
    unread_by_project: [{project_id: ids.project, count: 1}],
  },
  ReadCount: {read: 1},
  RecordedActivity: {items: [activity]},
  ActivityPage: pageOf(activity),
  Ticket: {ticket: `bct_${'example-'.repeat(5)}key`, expires_at: '2026-12-01T10:00:00.000Z'},
  PollAnswer: {events: [{id: cursor, ...ownershipTaken}], cursor, ready: true},
  Presence: {
    sprint_id: ids.sprint,
    members: [{user_id: ids.grace, name: grace.name, task_ids: [ids.task]}],
    more: 0,
  },
  Delivery: {outcome: 'recorded'},
  DemoMembers: {items: [{handle: 'grace', name: grace.name, role: 'member'}]},
  Alive: {status: 'alive'},
  Ready: {status: 'ready'},
}

/** The start of a stream of the board. */
export const streamExample = [
  frame(
    seenCursor,
    {type: 'stream.open', timestamp: updated_at, cursor: seenCursor, heartbeat_seconds: 15},
    'retry:952\n',
  ),
  frame(seenCursor, {type: 'stream.ready', timestamp: updated_at, cursor: seenCursor, replayed: 0}),
  frame(cursor, ownershipTaken),
].join('')

/** For each problem code in the contract, the message and the additional fields of a problem. */
export const problemExamples: Readonly<
  Partial<Record<ProblemCode, {detail: string; [field: string]: unknown}>>
> = {
  'invalid-request': {
    detail: 'The body is invalid: title: must have at least 1 character.',
    errors: [{path: 'title', message: 'must have at least 1 character'}],
  },
  'query-without-words': {detail: 'The query has no letter and no digit. Search for a word.'},
  'query-too-long': {detail: 'The query has more than 10 words. Search for fewer words.', limit: 10},
  'malformed-json': {
    detail: 'The body is not valid JSON in UTF-8: Unexpected token \'}\', "{"title":}" is not valid JSON',
  },
  'invalid-file': {detail: 'The file cannot be imported: its format is unknown.'},
  unauthenticated: {
    detail: 'Credentials are required: a token (Authorization: Bearer …) or an API key (X-API-Key).',
  },
  'invalid-token': {detail: 'This token has expired. Get a new token.', reason: 'expired'},
  'invalid-api-key': {detail: 'This API key is unknown, expired or revoked. Ask an admin for a new key.'},
  'invalid-session': {detail: 'Your session has ended. Sign in again.', reason: 'ended'},
  'invalid-ticket': {
    detail:
      'This ticket does not exist, or it was deleted because it was not used for a long time. Request a new ticket.',
    reason: 'unknown',
  },
  'invalid-signature': {detail: 'X-Hub-Signature-256 does not match this body and the project’s secret.'},
  'no-organization': {
    detail:
      'This token contains no organization. Sign in to an organization, and use the token that you get there.',
  },
  'member-removed': {detail: 'An admin has removed you from this organization.'},
  'role-insufficient': {
    detail: 'This request requires the role admin. Your role is member.',
    role: 'member',
    needed: 'admin',
  },
  'not-the-owner': {
    detail: 'Only the owner of this task or an admin can make this change.',
    owner_user_id: ids.grace,
  },
  'not-the-creator-or-owner': {
    detail: `Only the creator of the task “${task.title}”, its owner or an admin can delete this task.`,
    task_id: ids.task,
    created_by_user_id: ids.ada,
    owner_user_id: ids.grace,
  },
  'not-the-author': {
    detail: 'Only the author of this comment can edit it.',
    author_user_id: ids.ada,
  },
  'not-the-assignee': {
    detail: 'Only the assignee of this escalation or an admin can respond to this escalation.',
    assignee_user_id: ids.ada,
  },
  'assignee-is-viewer': {
    detail:
      'This member is a viewer. Viewers cannot respond to questions and cannot own tasks. Choose another member.',
    user_id: ids.grace,
  },
  'quota-exceeded': {
    detail:
      'An organization can have at most 1,000 projects. The operator of the server can change this limit with the setting MAX_PROJECTS.',
    setting: 'MAX_PROJECTS',
    limit: 1_000,
    used: 1_000,
  },
  'host-not-allowed': {detail: 'The demo accepts only requests to localhost, 127.0.0.1 and [::1].'},
  'cross-site-request': {
    detail:
      'Only this server’s own page can use the session cookie. Programs must send Authorization: Bearer … or X-API-Key.',
  },
  'not-found': {detail: 'This server is not a demo.'},
  'project-not-found': {detail: 'This project does not exist. It may have been deleted.'},
  'sprint-not-found': {detail: 'This sprint does not exist. It may have been deleted.'},
  'story-not-found': {detail: 'This story does not exist. It may have been deleted.'},
  'task-not-found': {detail: 'This task does not exist. It may have been deleted.'},
  'label-not-found': {
    detail: 'The project has no such label. It may have been deleted.',
    label_id: ids.label,
  },
  'checklist-item-not-found': {detail: 'The checklist has no such item. It may have been deleted.'},
  'blocker-not-found': {detail: 'The task is not blocked by the other task.'},
  'comment-not-found': {detail: 'This comment does not exist. It may have been deleted.'},
  'escalation-not-found': {detail: 'This escalation does not exist. It may have been deleted.'},
  'notification-not-found': {detail: 'This notification does not exist. It may have been deleted.'},
  'member-not-found': {
    detail: 'The organization has no member with this id.',
    user_id: ids.grace,
  },
  'api-key-not-found': {detail: 'This API key does not exist.'},
  'task-already-owned': {
    detail: 'Grace Hopper already owns this task. Take another task, or ask the owner to release this task.',
    owner_user_id: ids.grace,
    owner_name: grace.name,
  },
  'task-not-owned': {
    detail: 'This task cannot be released, because its status is available.',
    task_status: 'available',
  },
  'last-admin': {
    detail: 'This member is the last admin of the organization. Give another member the role admin first.',
  },
  'invalid-status-move': {
    detail: 'The status cannot change from available to completed. Allowed statuses: cancelled.',
    from: 'available',
    to: 'completed',
    allowed: ['cancelled'],
  },
  'escalation-already-responded': {
    detail: 'This escalation already has a response. Read the escalation again.',
    responded_by_user_id: ids.ada,
  },
  'run-already-started': {
    detail: 'Run run-7 of welder has already started; use a new run_id for each run.',
    index: 0,
    agent: 'welder',
    run_id: 'run-7',
  },
  'run-not-started': {
    detail: 'Run run-7 of welder has not started; send agent.started first.',
    index: 0,
    agent: 'welder',
    run_id: 'run-7',
  },
  'run-already-completed': {
    detail: 'Run run-7 of welder has already completed; use a new run_id.',
    index: 0,
    agent: 'welder',
    run_id: 'run-7',
  },
  'unknown-cursor': {
    detail: 'This cursor does not belong to the current event log. Read the list again and use its Event-Id.',
    reason: 'epoch',
  },
  'project-key-in-use': {
    detail: 'Another project has the key MOON. Choose another key.',
    project_id: ids.project,
  },
  'blocker-cycle': {
    detail:
      'The tasks would block each other: MOON-7 is blocked by MOON-8 is blocked by MOON-7. Remove one of these blockers first.',
    path: ['MOON-7', 'MOON-8', 'MOON-7'],
  },
  'blockers-full': {
    detail: 'The task already has 50 blockers. Remove one of them first.',
    limit: 50,
  },
  'checklist-full': {
    detail: 'The checklist already has 100 items. Delete an item first.',
    limit: 100,
  },
  'labels-full': {detail: 'A task can have at most 20 labels. Remove a label first.', limit: 20},
  'tasks-not-changed': {
    detail:
      'Nothing was changed, because 1 of 2 tasks cannot be changed: Only the owner of this task or an admin can make this change.',
    failures: [
      {
        task_id: ids.task,
        code: 'not-the-owner',
        detail: 'Only the owner of this task or an admin can make this change.',
        owner_user_id: ids.grace,
      },
    ],
  },
  'label-name-in-use': {
    detail: 'The label “Safety” already exists. Choose another name.',
    label_id: ids.label,
  },
  'backlog-too-large': {
    detail: 'The backlog is too large to be read at once. Move stories into sprints, or delete stories.',
  },
  'sprint-of-another-project': {
    detail: 'This sprint belongs to another project. Choose a sprint of the story’s project.',
    project_id: ids.project,
  },
  'sprint-closed': {
    detail: 'The sprint “Sprint 11” is closed. Choose a sprint that is not closed, or the backlog.',
    sprint_id: ids.sprint,
  },
  'story-of-another-project': {
    detail: 'The story beside the new place belongs to another project. Choose a story of the same project.',
    project_id: ids.project,
  },
  'task-of-another-project': {
    detail: 'The task beside the new place belongs to another project. Choose a task of the same project.',
    project_id: ids.project,
  },
  'idempotency-key-in-use': {
    detail:
      'A request with this Idempotency-Key is still in progress. Send the request again to get its result.',
  },
  'secret-already-shown': {
    detail: `An earlier request with this Idempotency-Key created the API key ${ids.apiKey}. The key was shown only in the response to that request. If you do not have the key, revoke it and create another key.`,
    id: ids.apiKey,
  },
  'version-mismatch': {
    detail: 'The resource has changed: its version is now 2. Read the resource again.',
    version: 2,
  },
  'body-too-large': {detail: 'The body must not exceed 1 MiB.'},
  'unsupported-media-type': {detail: 'Send the body as JSON, with Content-Type: application/json.'},
  'idempotency-key-reused': {
    detail: 'This Idempotency-Key was already used for a different request. Use a new key for each request.',
  },
  'rate-limited': {
    detail: 'You have sent more than 1200 changes within a minute. Try again in 3 s.',
    setting: 'MAX_CHANGES_PER_MINUTE_PER_USER',
    limit: 1_200,
    retry_after_seconds: 3,
  },
  'export-in-progress': {
    detail: 'Another export of your organization is being sent. Try again in 10 s.',
    retry_after_seconds: 10,
  },
  'internal-error': {detail: 'An unexpected error occurred; the server’s log has the details.'},
  'secrets-key-missing': {detail: 'Webhook secrets are disabled; the operator must set SECRETS_KEY.'},
  'too-many-streams': {detail: 'Too many streams and polls are open. Try again.'},
  overloaded: {detail: 'The server receives too much data at the moment. Try again.'},
  'store-unavailable': {detail: 'The database is unavailable; try again.'},
  'store-busy': {detail: 'All database connections are in use. Try again.'},
  'identity-unavailable': {detail: 'The key set of the token’s issuer could not be fetched. Try again.'},
  draining: {detail: 'This process is stopping; connect to another process.'},
}

function pageOf(item: object) {
  return {items: [item], next: null}
}

function withoutDescription<Described extends {description: string}>({description: _, ...rest}: Described) {
  return rest
}

function onBoard<T extends {description: string; links: unknown; checklist: unknown}>({
  description: _,
  links: ___,
  checklist: __,
  ...rest
}: T) {
  return rest
}

function frame(id: string, event: {type: string; [field: string]: unknown}, retry = ''): string {
  return `${retry}id:${id}\nevent:${event.type}\ndata:${JSON.stringify(event)}\n\n`
}
