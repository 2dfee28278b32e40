import test from 'ava'
import {check, type Evidence, type LogEntry, type Received, type RequestRecord} from './run/checker.ts'

const epoch = 'aaaaaaaaaaaaa'
const ada = 'user-ada'

/** A log in which Ada creates three tasks in one sprint and one task in another sprint. */
const entries = ['one', 'two', 'three', 'four'].map((name, index): LogEntry => {
  const sprint_id = name === 'four' ? 'sprint-2' : 'sprint-1'
  const event = {
    type: 'task.created',
    timestamp: `2026-01-01T00:00:0${index}.000Z`,
    actor_user_id: ada,
    project_id: 'project',
    sprint_id,
    story_id: 'story',
    task_id: `task-${name}`,
    version: 1,
    task: {title: `#${name}#`},
  }
  return {seq: index + 1, type: event.type, recipients: null, data: JSON.stringify(event)}
})

const foreign = {
  epoch: 'bbbbbbbbbbbbb',
  entries: [{...entries[0]!, data: entries[0]!.data.replace('#one#', '#foreign#')}],
}

function deliveryOf({seq, data}: LogEntry): Received {
  return {cursor: `${epoch}-${seq}`, data}
}

function requestFor(name: string, seq: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    name: `POST ${name}`,
    organizationId: 'org',
    userId: ada,
    outcome: 'done',
    eventId: `${epoch}-${seq}`,
    expects: [{types: ['task.created'], text: `#${name}#`}],
    ...changes,
  }
}

interface Case {
  received?: readonly Received[]
  requests?: readonly RequestRecord[]
  log?: readonly LogEntry[]
  tasks?: readonly (readonly [id: string, version: number])[]
  difference?: string
  divergences?: string[]
  present?: string
  ghosts?: string[]
}

const requests = ['one', 'two', 'three', 'four'].map((name, index) => requestFor(name, index + 1))
const received = entries.slice(0, 3).map(deliveryOf)

/** Returns the kinds of the findings, in alphabetical order. */
function kindsFound(changes: Case): string[] {
  const log = changes.log ?? entries
  const tasks = log.map(({data}) => [String(JSON.parse(data).task_id), 1] as const)
  const evidence: Evidence = {
    logs: new Map([
      ['org', {epoch, entries: log}],
      ['other', foreign],
    ]),
    subscribers: [
      {
        name: 'reader',
        organizationId: 'org',
        userId: ada,
        selection: {topics: ['tasks'], sprint_id: ['sprint-1']},
        start: 'earliest',
        received: changes.received ?? received,
        reached: `${epoch}-${log.length}`,
      },
    ],
    requests: [
      ...(changes.requests ?? requests),
      requestFor('foreign', 1, {organizationId: 'other', eventId: `${foreign.epoch}-1`}),
    ],
    presence: [{name: 'watch', expected: 'ada bob', present: changes.present ?? 'ada bob'}],
    ghosts: changes.ghosts ?? [],
    boards: [
      {
        name: 'board',
        difference: changes.difference,
        comparisons: 1,
        corruptions: 0,
        healed: 0,
        divergences: changes.divergences ?? [],
      },
    ],
    tasks: new Map([
      ['org', new Map(changes.tasks ?? tasks)],
      ['other', new Map([['task-one', 1]])],
    ]),
  }
  return check(evidence)
    .findings.map(({kind}) => kind)
    .sort()
}

test('when a run has no deviations, the checker finds nothing', t => {
  t.deepEqual(kindsFound({}), [])
})

test('the checker finds an event that a subscriber did not receive', t => {
  t.deepEqual(kindsFound({received: [received[0]!, received[2]!]}), ['lost'])
})

test('the checker finds an event that a subscriber received twice', t => {
  const [one, two, three] = received as [Received, Received, Received]
  t.deepEqual(kindsFound({received: [one, two, two, three]}), ['doubled'])
})

test('the checker finds two events that a subscriber received in the wrong order', t => {
  const [one, two, three] = received as [Received, Received, Received]
  t.deepEqual(kindsFound({received: [one, three, two]}), ['reordered'])
})

test('the checker finds a member who is missing in the presence of a board, and a member who has left', t => {
  t.deepEqual(kindsFound({present: 'ada'}), ['presence'])
  t.deepEqual(kindsFound({present: 'ada bob cid'}), ['presence'])
})

test('the checker finds a member who was listed too long after the member had left', t => {
  t.deepEqual(kindsFound({ghosts: ['a ghost']}), ['presence'])
})

test('the checker finds a received event that is outside the selection', t => {
  t.deepEqual(kindsFound({received: [...received, deliveryOf(entries[3]!)]}), ['foreign'])
})

test('the checker finds a received event of another organization', t => {
  const other = {cursor: `${foreign.epoch}-1`, data: foreign.entries[0]!.data}
  t.deepEqual(kindsFound({received: [...received, other]}), ['foreign'])
})

test('the checker finds a received event whose data differ from the log', t => {
  const changed = {cursor: `${epoch}-1`, data: entries[0]!.data.replace('#one#', '#changed#')}
  t.deepEqual(kindsFound({received: [changed, ...received.slice(1)]}), ['foreign'])
})

test('when the epoch has not changed, the checker finds the reset of a stream', t => {
  const reset = {cursor: `${epoch}-1`, isReset: true} as const
  t.deepEqual(kindsFound({received: [deliveryOf(entries[0]!), reset, ...received.slice(1)]}), ['reset'])
})

test('when the epoch has changed, the checker allows a reset and does not require the events before the reset', t => {
  const old = {cursor: 'ccccccccccccc-7', isReset: true} as const
  const reset = {cursor: `${epoch}-2`, isReset: true} as const
  t.deepEqual(kindsFound({received: [old, reset, received[2]!]}), [])
})

test('the checker finds an event of a rejected request in the log', t => {
  const rejected = requestFor('four', 4, {outcome: 'rejected', eventId: undefined})
  t.deepEqual(kindsFound({requests: [...requests.slice(0, 3), rejected]}), ['unexpected'])
})

test('the checker finds an event that no request explains', t => {
  t.deepEqual(kindsFound({requests: requests.slice(0, 3)}), ['unexpected'])
})

test('the checker finds a successful request whose event is missing', t => {
  t.deepEqual(kindsFound({requests: [...requests, requestFor('five', 4)]}), ['missing'])
})

test('the checker finds an Event-Id that is smaller than the id of the event of the request', t => {
  const early = requestFor('four', 3)
  t.deepEqual(kindsFound({requests: [...requests.slice(0, 3), early]}), ['missing'])
})

test('when the result of a request is unknown, the checker accepts a log with the event of the request, and also a log without this event', t => {
  const unclear = {outcome: 'unclear', eventId: undefined} as const
  const changed = [...requests.slice(0, 3), requestFor('four', 4, unclear), requestFor('five', 5, unclear)]
  t.deepEqual(kindsFound({requests: changed}), [])
})

test('the checker finds a request when only some of its events are in the log', t => {
  const expects = ['#four#', '#five#'].map(text => ({types: ['task.created'] as const, text}))
  for (const outcome of ['done', 'unclear'] as const) {
    const batch = requestFor('four', 4, {outcome, expects})
    t.deepEqual(kindsFound({requests: [...requests.slice(0, 3), batch]}), ['partial'])
  }
})

test('the checker finds a request that the server carried out twice although the request has an idempotency key', t => {
  const repeated = {
    seq: 5,
    type: 'task.created',
    recipients: null,
    data: entries[3]!.data.replace('task-four', 'task-five'),
  }
  const keyed = requestFor('four', 4, {idempotencyKey: 'key'})
  const found = kindsFound({log: [...entries, repeated], requests: [...requests.slice(0, 3), keyed]})
  // The checker also reports `missing`, because the second event is after the Event-Id.
  t.deepEqual(new Set(found), new Set(['missing', 'repeated']))
})

test('the checker finds a hole in the log', t => {
  const hole = entries.map((entry, index) => (index === 3 ? {...entry, seq: 5} : entry))
  t.true(kindsFound({log: hole}).includes('state'))
})

test('the checker finds a task whose version differs from the log', t => {
  const tasks = entries.map(({data}) => [String(JSON.parse(data).task_id), 1] as const)
  t.deepEqual(kindsFound({tasks: [...tasks.slice(1), ['task-one', 2]]}), ['state'])
  t.deepEqual(kindsFound({tasks: tasks.slice(1)}), ['state'])
})

test('the checker finds a kept board that differs from a fresh board', t => {
  t.deepEqual(kindsFound({difference: 'a task is missing'}), ['board'])
})

test('the checker finds a board that had another digest than the checkpoint of the server', t => {
  t.deepEqual(kindsFound({divergences: ['another digest']}), ['divergence'])
})
