/** Checks the result of a fault run: compares the event log with the records of the subscribers and writers. */
import {type EventType, type Topic, topicsOf} from '../../../src/board/events.ts'
import {type CheckpointRecord, compareDigests} from './board-digests.ts'

/** Everything that the checker compares. */
export interface Evidence {
  /** The final log of each organization, by organization id. */
  logs: ReadonlyMap<string, Log>
  subscribers: readonly SubscriberRecord[]
  requests: readonly RequestRecord[]
  boards: readonly BoardRecord[]
  /** What the members who look at a board see at the end. */
  presence: readonly PresenceRecord[]
  /** The members who were listed as present too long after they had left. */
  ghosts: readonly string[]
  /** The version of each task in the database at the end, by organization id and task id. */
  tasks: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export interface Log {
  epoch: string
  entries: readonly LogEntry[]
}

export interface LogEntry {
  seq: number
  type: string
  recipients: readonly string[] | null
  /** The JSON of the event. */
  data: string
}

export interface SubscriberRecord {
  name: string
  organizationId: string
  userId: string
  selection: RecordedSelection
  /** The cursor after which the stream started. */
  start: string
  /** The received events and resets, in the order of arrival. */
  received: readonly Received[]
  /** The last cursor that the stream has reached. */
  reached: string | undefined
  /** The checkpoints that the stream has received. */
  checkpoints?: readonly CheckpointRecord[]
}

export interface RecordedSelection {
  topics: readonly Topic[]
  types?: readonly EventType[]
  project_id?: readonly string[]
  sprint_id?: readonly string[]
  story_id?: readonly string[]
}

/** An event or a reset that a subscriber has received. `data` is the JSON of the event. */
export type Received = {cursor: string; data: string} | {cursor: string; isReset: true}

export interface RequestRecord {
  /** For example `PUT /tasks/…/ownership`. */
  name: string
  organizationId: string
  /** The member who sent the request. */
  userId: string
  /**
   * - `done`: the response has a status from 200 to 299 and was complete.
   * - `rejected`: the response has a status from 400 to 499, and its code is not `idempotency-key-in-use`.
   * - `unclear`: any other response, or no response. It is unknown whether the server has made the change.
   */
  outcome: 'done' | 'rejected' | 'unclear'
  idempotencyKey?: string | undefined
  /** How often the request was sent. */
  attempts?: number
  /** The `Event-Id` of the response when the request is done. Otherwise undefined. */
  eventId?: string | undefined
  /** The events that a successful request appends directly. Events that follow from these events are not included. */
  expects: readonly Expectation[]
}

/** The properties that an expected event must have. */
export interface Expectation {
  /** The event has one of these types. */
  types: readonly EventType[]
  /** A text that no other request contains. Each such text begins and ends with `#`. */
  text?: string
  task_id?: string
  story_id?: string
  version?: number
}

export interface BoardRecord {
  name: string
  /** Why the board of `keepBoard` differs from a newly fetched board. Undefined when the boards are equal. */
  difference?: string | undefined
  /** How many checkpoints of the server were compared with the board. */
  comparisons: number
  /** The divergences that these comparisons found, without those that the run has caused. */
  divergences: readonly string[]
  /** How often the run has changed the board behind the back of the client. */
  corruptions: number
  /** How many of these corruptions a comparison has found. The client has then fetched the board again. */
  healed: number
}

/** The ids of the members who are present on a board, sorted and separated by spaces. */
export interface PresenceRecord {
  name: string
  /** The members who have the board open. */
  expected: string
  /** The members who are present according to the stream. */
  present: string
}

export const findingKinds = [
  'lost', // a subscriber did not receive an event of its selection
  'doubled', // a subscriber received an event more than once
  'reordered', // a subscriber received two events in the wrong order
  'foreign', // a subscriber received an event that is outside its selection or outside the log of its organization
  'reset', // a stream was reset, although the epoch of the log had not changed
  'missing', // a successful request has no event, or the Event-Id does not match the events of the request
  'unexpected', // the log has an event of a rejected request, or an event that no request explains
  'partial', // the log has only some of the events of a request
  'repeated', // a request was carried out more than once
  'board', // a board of `keepBoard` differs from a newly fetched board
  'digest', // a checkpoint of the server differs from the board that the log describes
  'divergence', // a board of `keepBoard` had another digest than the checkpoint of the server
  'presence', // a member sees a member who has left, or does not see a member who has the board open
  'state', // the log is not dense, or the tables differ from the log
] as const
export type FindingKind = (typeof findingKinds)[number]

export interface Finding {
  kind: FindingKind
  message: string
}

export interface Verdict {
  findings: Finding[]
  /** The number of deliveries that were compared with the log. */
  deliveries: number
  /** The number of requests that were compared with the log. */
  requests: number
  /** How often a board of `keepBoard` was compared with a checkpoint of the server. */
  comparisons: number
  /** How often the run has corrupted a board of `keepBoard`, and how many of these boards a comparison has healed. */
  corruptions: number
  healed: number
  /** How many checkpoints were compared with boards of the log, and how many different boards these were. */
  digests: {checkpoints: number; boards: number}
}

/** Returns all deviations from the guarantees of the server. */
export function check(evidence: Evidence): Verdict {
  const {logs, subscribers, requests, boards, presence, ghosts, tasks} = evidence
  const findings: Finding[] = []
  const report: Report = (kind, message) => findings.push({kind, message})
  const parsed = new Map([...logs].map(([id, log]) => [id, parseLog(log)]))
  let deliveries = 0
  for (const [id, log] of parsed) checkState(id, log, tasks.get(id) ?? new Map(), report)
  for (const subscriber of subscribers) {
    deliveries += checkSubscriber(subscriber, parsed.get(subscriber.organizationId)!, report)
  }
  const digests = {checkpoints: 0, boards: 0}
  for (const [id, log] of parsed) {
    const own = subscribers.filter(({organizationId}) => organizationId === id)
    const checkpoints = own.flatMap(({checkpoints = []}) => checkpoints)
    const {wrong, boards} = compareDigests(log.entries, checkpoints)
    for (const {sprintId, seq, digest} of wrong) report('digest', `Sprint ${sprintId} at ${seq}: ${digest}`)
    digests.checkpoints += checkpoints.length
    digests.boards += boards
  }
  for (const [id, log] of parsed) {
    const own = requests.filter(({organizationId}) => organizationId === id)
    checkRequests(own, log, report)
  }
  for (const {name, difference, divergences} of boards) {
    if (difference) report('board', `${name}: ${difference}`)
    for (const divergence of divergences) report('divergence', `${name}: ${divergence}`)
  }
  for (const {name, expected, present} of presence) {
    if (present !== expected) report('presence', `${name} sees ${present || 'nobody'} instead of ${expected}`)
  }
  for (const ghost of ghosts) report('presence', ghost)
  const sum = (countOf: (board: BoardRecord) => number) =>
    boards.reduce((total, board) => total + countOf(board), 0)
  return {
    findings,
    deliveries,
    requests: requests.length,
    comparisons: sum(board => board.comparisons),
    corruptions: sum(board => board.corruptions),
    healed: sum(board => board.healed),
    digests,
  }
}

type Report = (kind: FindingKind, message: string) => void

interface Entry extends LogEntry {
  event: Record<string, unknown>
  /** The JSON that a subscriber records for this event: the data of the log, parsed and converted to JSON again. */
  json: string
}

interface ParsedLog {
  epoch: string
  entries: Entry[]
}

function parseLog({epoch, entries}: Log): ParsedLog {
  return {
    epoch,
    entries: entries.map(entry => {
      const event = JSON.parse(entry.data) as Record<string, unknown>
      return {...entry, event, json: JSON.stringify(event)}
    }),
  }
}

function checkState(
  id: string,
  {entries}: ParsedLog,
  tasks: ReadonlyMap<string, number>,
  report: Report,
): void {
  const gap = entries.findIndex(({seq}, index) => seq !== index + 1)
  if (gap !== -1) {
    report('state', `The log of ${id} has ${entries[gap]!.seq} in the place of ${gap + 1}`)
    return
  }
  const versions = new Map<string, unknown>()
  for (const {type, event} of entries) {
    if (!event.task_id || !event.version) continue
    if (type === 'task.deleted') versions.delete(String(event.task_id))
    else versions.set(String(event.task_id), event.version)
  }
  for (const taskId of new Set([...versions.keys(), ...tasks.keys()])) {
    const [logged, stored] = [versions.get(taskId), tasks.get(taskId)]
    if (logged !== stored) {
      report('state', `Task ${taskId} has version ${logged} in the log and ${stored} in the table`)
    }
  }
}

/** Returns the number of deliveries. */
function checkSubscriber(subscriber: SubscriberRecord, log: ParsedLog, report: Report): number {
  const {name, received, selection, userId, reached} = subscriber
  const seen = new Set<number>()
  let from = seqOf(subscriber.start)
  let epoch = epochOf(subscriber.start) || log.epoch // the start `earliest` has no epoch
  let last = from
  let deliveries = 0
  for (const item of received) {
    const seq = seqOf(item.cursor)
    if ('isReset' in item) {
      if (epochOf(item.cursor) === epoch) report('reset', `${name} was reset to ${item.cursor}`)
      epoch = epochOf(item.cursor)
      from = last = seq
      continue
    }
    deliveries++
    const entry = log.entries[seq - 1]
    const isOwn = epochOf(item.cursor) === log.epoch && entry?.json === item.data
    if (!isOwn || !isSelected(selection, userId, entry)) {
      report('foreign', `${name} received ${item.cursor}: ${item.data.slice(0, 200)}`)
    } else if (seen.has(seq)) report('doubled', `${name} received ${item.cursor} again`)
    else if (seq < last) report('reordered', `${name} received ${item.cursor} after ${last}`)
    seen.add(seq)
    last = Math.max(last, seq)
  }
  if (reached === undefined || seqOf(reached) < log.entries.length) {
    report('lost', `${name} reached only ${reached} of ${log.epoch}-${log.entries.length}`)
  }
  for (const entry of log.entries.slice(from)) {
    if (!seen.has(entry.seq) && isSelected(selection, userId, entry)) {
      report('lost', `${name} did not receive ${log.epoch}-${entry.seq} (${entry.type})`)
    }
  }
  return deliveries
}

/**
 * Returns whether the subscriber must receive the event. The server uses the columns of the log for this decision, but
 * this function uses the data of the event.
 */
function isSelected(selection: RecordedSelection, userId: string, {type, recipients, event}: Entry): boolean {
  const {topics, types} = selection
  if (types && !types.includes(type as EventType)) return false
  const hasTopic = topicsOf(type as EventType).some(topic => topics.includes(topic))
  const isForUser = topics.includes('user') && recipients?.includes(userId) === true
  if (!hasTopic && !isForUser) return false
  if (!event.project_id) return true
  return (['project_id', 'sprint_id', 'story_id'] as const).every(name => {
    const ids = selection[name] as readonly unknown[] | undefined
    return !ids || ids.includes(event[name]) || ids.includes(event[`from_${name}`])
  })
}

/** The types of the events that a request appends directly. Events of other types follow from these events. */
const directTypes: readonly string[] = [
  'task.created',
  'task.updated',
  'task.deleted',
  'ownership_taken',
  'ownership_released',
  'status_changed',
  'task.commented',
  'story.created',
  'story.updated',
  'story.moved',
  'story.status.changed',
  'pr.created',
  'escalation.created',
] satisfies EventType[]

function checkRequests(requests: readonly RequestRecord[], log: ParsedLog, report: Report): void {
  const index = indexOf(log)
  const explained = new Set<Entry>()
  const findAll = (request: RequestRecord, expectation: Expectation) =>
    findEntries(index, request, expectation).filter(entry => expectation.text || !explained.has(entry))

  for (const request of requests.filter(({outcome}) => outcome === 'done')) {
    const found = request.expects.map(expectation => findAll(request, expectation))
    const label = labelOf(request)
    if (found.some(entries => entries.length > 1)) report('repeated', `${label} has several events`)
    const missing = found.filter(entries => entries.length === 0).length
    if (missing > 0)
      report(missing < found.length ? 'partial' : 'missing', `${label} lacks ${missing} events`)
    for (const entry of found.flat()) {
      if (!isUpToEventId(entry, request, log))
        report('missing', `${label} returned ${request.eventId}, but its event is ${entry.seq}`)
      explained.add(entry)
    }
  }
  for (const request of requests.filter(({outcome}) => outcome === 'unclear')) {
    const found = request.expects.map(expectation => findAll(request, expectation))
    const label = labelOf(request)
    const isRepeated = request.expects.some(({text}, at) => text && found[at]!.length > 1)
    if (isRepeated) report('repeated', `${label} has several events`)
    const present = found.filter(entries => entries.length > 0)
    if (present.length > 0 && present.length < found.length) {
      report('partial', `${label} has ${present.length} of ${found.length} events`)
    }
    for (const entries of present) explained.add(entries[0]!)
  }
  for (const request of requests.filter(({outcome}) => outcome === 'rejected')) {
    for (const expectation of request.expects.filter(({text}) => text)) {
      for (const entry of findAll(request, expectation)) {
        report('unexpected', `${labelOf(request)} was rejected, but has the event ${entry.seq}`)
        explained.add(entry)
      }
    }
  }
  const writers = new Set(requests.map(({userId}) => userId))
  for (const entry of log.entries) {
    const isDirect = directTypes.includes(entry.type) && writers.has(String(entry.event.actor_user_id))
    if (isDirect && !explained.has(entry)) {
      report(
        'unexpected',
        `No request explains the event ${log.epoch}-${entry.seq}: ${entry.json.slice(0, 300)}`,
      )
    }
  }
}

/**
 * The request's `Event-Id` is the cursor of the last event of a change. Returns whether the given event belongs to this
 * change. Returns true when the `Event-Id` is undefined.
 */
function isUpToEventId(entry: Entry, {eventId}: RequestRecord, log: ParsedLog): boolean {
  if (eventId === undefined) return true
  const last = log.entries[seqOf(eventId) - 1]
  return (
    epochOf(eventId) === log.epoch &&
    last !== undefined &&
    last.seq >= entry.seq &&
    last.event.timestamp === entry.event.timestamp &&
    last.event.actor_user_id === entry.event.actor_user_id
  )
}

type Index = Map<string, Entry[]>

/**
 * Returns the entries of the log by key. A key consists of the type of an event, and of a text, a task id or a story id
 * in this event.
 */
function indexOf({entries}: ParsedLog): Index {
  const index: Index = new Map()
  for (const entry of entries) {
    const {task_id, story_id} = entry.event
    const texts = entry.json.match(/#[\w-]+#/g) ?? []
    for (const key of new Set([...texts, task_id, story_id])) {
      if (!key) continue
      const id = `${entry.type} ${key}`
      const known = index.get(id)
      if (known) known.push(entry)
      else index.set(id, [entry])
    }
  }
  return index
}

function findEntries(
  index: Index,
  {userId}: RequestRecord,
  {types, text, task_id, story_id, version}: Expectation,
): Entry[] {
  return types
    .flatMap(type => index.get(`${type} ${text ?? task_id ?? story_id}`) ?? [])
    .filter(({event}) => event.actor_user_id === userId && (version ?? event.version) === event.version)
}

function labelOf({name, idempotencyKey}: RequestRecord): string {
  return idempotencyKey ? `${name} (key ${idempotencyKey})` : name
}

function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1)) || 0
}

function epochOf(cursor: string): string {
  return cursor.includes('-') ? cursor.slice(0, cursor.lastIndexOf('-')) : ''
}
