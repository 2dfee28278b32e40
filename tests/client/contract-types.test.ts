// Tests that the types of the client (src/client/contract.ts) are up to date, and equal the types of the server.
import {readFile} from 'node:fs/promises'
import test from 'ava'
import {parse} from 'yaml'
import type {z} from 'zod'
import {makeContractTypes} from '../../scripts/contract-types.ts'
import type * as activity from '../../src/board/activity.ts'
import type {ApiKey} from '../../src/board/api-key.ts'
import type {Board, BoardStory} from '../../src/board/board.ts'
import type {Comment} from '../../src/board/comment.ts'
import type {Escalation, newEscalationSchema} from '../../src/board/escalation.ts'
import type {BoardEvent, EventType, Topic} from '../../src/board/events.ts'
import type {Caller, Member, MemberDetails, Role} from '../../src/board/member.ts'
import type {Notification, NotificationCause} from '../../src/board/notification.ts'
import type {ProblemCode} from '../../src/board/problem.ts'
import type {Project} from '../../src/board/project.ts'
import type {newSprintSchema, Sprint} from '../../src/board/sprint.ts'
import type {Story, StoryStatus} from '../../src/board/story.ts'
import type {ResetReason, StreamEvent} from '../../src/board/stream-events.ts'
import type {BoardTask, newTaskSchema, Task, TaskEdit, TaskStatus} from '../../src/board/task.ts'
import type {newTicketSchema} from '../../src/board/ticket.ts'
import type * as contract from '../../src/client/contract.ts'
import {apiRoutes} from '../../src/http/api.ts'
import {makeContract, problemsOf} from '../../src/http/openapi.ts'

const root = new URL('../../', import.meta.url)
const yaml = makeContract(JSON.parse(await readFile(new URL('package.json', root), 'utf8')))
const text = makeContractTypes(parse(yaml))

test('the types of the contract are up to date', async t => {
  const isSame = (await readFile(new URL('src/client/contract.ts', root), 'utf8')) === text
  t.true(isSame, 'src/client/contract.ts is out of date; run `npm run contract` and commit the file.')
})

test('the types of the contract import nothing', t => {
  t.notRegex(text, /\bimport\b.*['"]/)
})

test('every route of the API is an operation, and its type lists all problem codes of the route and whether the route accepts an idempotency key', t => {
  for (const route of apiRoutes) {
    const name = `'${route.method.toUpperCase()} ${route.path}': {`
    const start = text.indexOf(`  ${name}`)
    t.true(start > 0, name)
    const operation = text.slice(start, text.indexOf('\n  }\n', start))
    const [, problems] = /\n {4}problems: (.*)/.exec(operation)!
    const isKeyed = route.method === 'post' && route.change !== undefined
    t.is(operation.includes('\n    idempotencyKey: true'), isKeyed, name)
    const common = /type CommonProblemCode = (.*)/.exec(text)![1]!
    const listed = problems!.replace('CommonProblemCode', common).split(' | ')
    const codes = problemsOf(route).map(code => `'${code}'`)
    t.deepEqual(listed.sort(), [...new Set(codes)].sort(), name)
  }
})

/** `true` when each of the two types can be assigned to the other type, and neither of them is `any`. */
type Same<A, B> = 0 extends (1 & A) | (1 & B)
  ? false
  : [A] extends [B]
    ? [B] extends [A]
      ? true
      : false
    : false

type Body<Name extends keyof contract.Operations> = contract.Operations[Name] extends {body: infer B}
  ? B
  : never

// The compiler checks these types when `npm run check` compiles the tests.
const sameTypes: {
  task: Same<contract.Task, Task>
  boardTask: Same<contract.BoardTask, BoardTask>
  taskStatus: Same<contract.TaskStatus, TaskStatus>
  story: Same<contract.Story, Story>
  storyStatus: Same<contract.StoryStatus, StoryStatus>
  boardStory: Same<contract.BoardStory, BoardStory>
  board: Same<contract.Board, Board>
  sprint: Same<contract.Sprint, Sprint>
  project: Same<contract.Project, Project>
  member: Same<contract.Member, Member>
  memberDetails: Same<contract.MemberDetails, MemberDetails>
  role: Same<contract.Role, Role>
  me: Same<contract.Me, Caller>
  comment: Same<contract.Comment, Comment>
  escalation: Same<contract.Escalation, Escalation>
  notification: Same<contract.Notification, Notification>
  notificationCause: Same<contract.NotificationCause, NotificationCause>
  activity: Same<contract.Activity, activity.Activity>
  newActivity: Same<contract.NewActivity, activity.NewActivity>
  activityType: Same<contract.ActivityType, activity.ActivityType>
  apiKey: Same<contract.ApiKey, ApiKey>
  boardEvent: Same<contract.BoardEvent, BoardEvent>
  eventType: Same<contract.EventType, EventType>
  topic: Same<contract.Topic, Topic>
  streamEvent: Same<contract.StreamEvent, StreamEvent>
  resetReason: Same<contract.ResetReason, ResetReason>
  problemCode: Same<contract.ProblemCode, ProblemCode>
  newTask: Same<Body<'POST /stories/{id}/tasks'>, z.input<typeof newTaskSchema>>
  taskEdit: Same<Body<'PATCH /tasks/{id}'>, TaskEdit>
  newSprint: Same<Body<'POST /projects/{id}/sprints'>, z.input<typeof newSprintSchema>>
  newEscalation: Same<Body<'POST /projects/{id}/escalations'>, z.input<typeof newEscalationSchema>>
  newTicket: Same<Body<'POST /events/tickets'>, z.input<typeof newTicketSchema>>
} = {
  task: true,
  boardTask: true,
  taskStatus: true,
  story: true,
  storyStatus: true,
  boardStory: true,
  board: true,
  sprint: true,
  project: true,
  member: true,
  memberDetails: true,
  role: true,
  me: true,
  comment: true,
  escalation: true,
  notification: true,
  notificationCause: true,
  activity: true,
  newActivity: true,
  activityType: true,
  apiKey: true,
  boardEvent: true,
  eventType: true,
  topic: true,
  streamEvent: true,
  resetReason: true,
  problemCode: true,
  newTask: true,
  taskEdit: true,
  newSprint: true,
  newEscalation: true,
  newTicket: true,
}

test('the types of the contract equal the types that the server infers from its schemas', t => {
  t.true(Object.values(sameTypes).every(Boolean))
})
