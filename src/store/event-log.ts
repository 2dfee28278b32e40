/**
 * The event log. Events are appended while the row of the log in `event_streams` is locked. A read throws an error when
 * an event between two other events is missing.
 */
import {randomBytes} from 'node:crypto'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {type CompiledQuery, type RawBuilder, sql, type Transaction} from 'kysely'
import {type AccessChange, accessChange} from '../board/access.ts'
import type {Cursor} from '../board/cursor.ts'
import type {LogEntry} from '../board/events.ts'
import {type FactContext, factsOf} from '../board/history.ts'
import type {TaskContext} from '../board/notification-rules.ts'
import type {Database} from './connection.ts'
import {encodeEventData} from './event-data.ts'
import {insertFacts, type NewFact} from './insert-facts.ts'
import {countTextBytes, lockStream, type TextBytes} from './quotas.ts'
import {runBatch, runBatchAndCommit} from './round-trips.ts'
import type {Tables} from './tables.ts'

/** A stored event: the fields by which streams select events, and the text that streams send. */
export interface LogRecord {
  seq: number
  type: LogEntry['type']
  project_id: string | null
  sprint_id: string | null
  left_sprint_id: string | null
  story_id: string | null
  left_story_id: string | null
  task_id: string | null
  recipients: readonly string[] | null
  /** One line of JSON in ASCII; see `event-data.ts`. */
  data: string
}

/** An event to append. */
export interface NewEvent {
  event: LogEntry
  /** The ids of the members who receive the event on their `user` topic. Default: none. */
  recipients?: readonly string[]
  /** The task that a task event is about. The notifications about the event contain the title of the task. */
  task?: TaskContext
  /**
   * The task or sprint before the change. Required for `task.updated`, `task.moved`, `task.blockers.changed`,
   * `task.links.changed` and `sprint.updated`, because the history shows which fields have changed.
   */
  before?: FactContext['before']
}

export interface Appended {
  /** The records that a change appended, in order. */
  records: LogRecord[]
  /** The cursor of the last record. When the change appended no records, this is the cursor of the log's head. */
  cursor: Cursor
}

/** The bounds of an organization's log at one moment. */
export interface LogBounds {
  epoch: string
  /** The seq of the newest event, or 0 when the log has never had an event. */
  head: number
  /** The seq of the oldest event that has not been pruned, or head + 1 when all events have been pruned. */
  oldest: number
}

/** Records in ascending order of their seqs, and the bounds that the log had when these records were read. */
export interface LogPage extends LogBounds {
  records: LogRecord[]
  /** All events up to this seq have been examined, so the next page starts after this seq. */
  upTo: number
}

/** Creates the log of a new organization. Does nothing when the log already exists. */
export async function createEventStream(trx: Transaction<Tables>, organizationId: string): Promise<void> {
  await trx
    .insertInto('event_streams')
    .values({organization_id: organizationId, epoch: newEpoch(), head: 0, oldest: 1})
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/**
 * Appends events to the organization's log. Call this function at the end of a transaction. The statements in `writes`
 * run before the append, in the same round trip. The append also adds `textBytes` to the text bytes that are counted
 * for the organization. The append locks the row of the log in `event_streams`, and then assigns the seqs. The row
 * stays locked until the commit, so the events of a later commit have higher seqs. The events are not added to the
 * history of tasks and sprints.
 */
export async function appendEvents(
  trx: Transaction<Tables>,
  organizationId: string,
  timestamp: string,
  events: readonly NewEvent[],
  writes: readonly CompiledQuery[] = [],
  textBytes: TextBytes = noText,
): Promise<Appended> {
  return append(trx, organizationId, timestamp, {...encode(events), facts: []}, writes, textBytes)
}

async function append(
  trx: Transaction<Tables>,
  organizationId: string,
  timestamp: string,
  encoded: EncodedEvents,
  writes: readonly CompiledQuery[],
  textBytes: TextBytes,
): Promise<Appended> {
  const insert = insertEvents(trx, organizationId, timestamp, encoded, {textBytes})
  const [stream] = await runBatch(trx, writes, insert)
  return toAppended(stream!, encoded)
}

/**
 * Appends a change of access; see `board/access.ts`. Call this function at the end of the transaction that changes the
 * access.
 */
export async function appendAccessChange(
  trx: Transaction<Tables>,
  organizationId: string,
  timestamp: string,
  {actor_user_id, ids, reason}: Omit<AccessChange, 'type' | 'timestamp'>,
): Promise<Appended> {
  const event = accessChange({timestamp, actor_user_id}, ids, reason)
  return appendEvents(trx, organizationId, timestamp, [{event}])
}

/** Returns the changes of access among the records. */
export function accessChangesOf({records}: Appended): AccessChange[] {
  return records.filter(({type}) => type === 'access.changed').map(({data}) => JSON.parse(data))
}

/**
 * An `insert … select` that reads the row `stream`. This row has the epoch and the head of the log after the append.
 */
export type InsertWithHead = RawBuilder<unknown>

/** Additional work of the statement that appends the events. */
export interface WithAppend {
  insert?: InsertWithHead | undefined
  /**
   * The bytes of text to count. The UPDATE that changes the head also counts the bytes, because a second UPDATE would
   * write another version of the row. Default: no change.
   */
  textBytes?: TextBytes
}

const noText: TextBytes = {added: 0}

// The maximum number of events in one round trip. Encoding and sending more events at once would block the event
// loop for longer than 10 ms.
const eventsPerTrip = 250

/**
 * Like `appendEvents`, but also adds the events to the history of tasks and sprints, and commits the transaction in the
 * same round trip. More than 250 events need several round
 * trips. The first round trip counts `textBytes`, and the last round trip runs `insert`.
 */
export async function commitEvents(
  trx: Transaction<Tables>,
  organizationId: string,
  timestamp: string,
  events: readonly NewEvent[],
  writes: readonly CompiledQuery[],
  {insert, textBytes = noText}: WithAppend = {},
): Promise<Appended> {
  const parts = await encodeInTurns(events)
  // A statement sees only what was committed before its start. If the statement waited for the lock of the log, it would
  // give shared facts the numbers of facts that were committed meanwhile.
  const hasSharedFacts = parts.some(part => part.hasSharedFacts)
  const last = parts.pop() ?? encode([])
  const records: LogRecord[] = []
  let before = hasSharedFacts ? [...writes, lockStream(trx, organizationId).compile()] : writes
  let uncounted = textBytes
  for (const part of parts) {
    records.push(...(await append(trx, organizationId, timestamp, part, before, uncounted)).records)
    before = []
    uncounted = noText
  }
  const insertLast = insertEvents(trx, organizationId, timestamp, last, {insert, textBytes: uncounted})
  const [stream] = await runBatchAndCommit(trx, before, insertLast)
  const appended = toAppended(stream!, last)
  return {cursor: appended.cursor, records: [...records, ...appended.records]}
}

/** Events, the rows that store the events, and the rows of the history. */
interface EncodedEvents {
  events: readonly NewEvent[]
  rows: readonly EventRow[]
  facts: readonly NewFact[]
  /** Whether other transactions can add facts about the same subjects at the same time. */
  hasSharedFacts: boolean
}

function encode(events: readonly NewEvent[]): EncodedEvents {
  const facts = events.flatMap(toFacts)
  // The fact of a task that changes is about a locked row. The facts of a sprint are not.
  const taskIds = new Set(events.map(({event}) => 'task_id' in event && event.task_id))
  const hasSharedFacts = facts.some(({subject_id}) => !taskIds.has(subject_id))
  return {events, rows: events.map(toRow), facts, hasSharedFacts}
}

function toFacts({event, task, before}: NewEvent, offset: number): NewFact[] {
  const {type, actor_user_id} = event
  return factsOf(event, {task, before}).map(({subjectId, fact}) => {
    return {offset, subject_id: subjectId, type, actor_user_id, fact}
  })
}

/**
 * Returns the events in parts. Each part is sent in one round trip. All parts are encoded before the first part is sent,
 * because the log is locked from the first round trip until the commit.
 */
async function encodeInTurns(events: readonly NewEvent[]): Promise<EncodedEvents[]> {
  const parts: EncodedEvents[] = []
  for (let start = 0; start < events.length; start += eventsPerTrip) {
    // The caller has created the events in the current turn of the event loop, and creating many events takes a long
    // time. The encoding therefore begins in a new turn.
    if (events.length > eventsPerTrip) await nextTurn()
    parts.push(encode(events.slice(start, start + eventsPerTrip)))
  }
  return parts
}

/**
 * Returns a statement that inserts the events. The statement returns one row: the cursor of the head after the insert.
 */
function insertEvents(
  trx: Transaction<Tables>,
  organizationId: string,
  timestamp: string,
  {rows, facts}: Pick<EncodedEvents, 'rows' | 'facts'>,
  {insert, textBytes = noText}: WithAppend,
): CompiledQuery<Cursor> {
  const inserted = insert ? sql`, inserted as (${insert})` : sql``
  if (rows.length === 0 && textBytes.added === 0) {
    return sql<Cursor>`
      with stream as (select epoch, head from event_streams where organization_id = ${organizationId}) ${inserted}
      select epoch, head as seq from stream`.compile(trx)
  }
  const column = (name: keyof EventRow) => rows.map(row => row[name])
  const count = countTextBytes(textBytes)
  // If the organization has no stream row, seq is null, and the insert violates the table's not-null constraint.
  return sql<Cursor>`
    with stream as (
      update event_streams set head = head + ${rows.length}${count.set}
      where organization_id = ${organizationId}
      returning epoch, head${count.returning}
    ), appended as (
      insert into events (
        organization_id, seq, type, project_id, sprint_id, left_sprint_id, story_id, left_story_id, task_id, recipients, data,
        created_at
      )
      select ${organizationId}, stream.head - ${rows.length} + e.n, e.type, e.project_id, e.sprint_id,
        e.left_sprint_id, e.story_id, e.left_story_id, e.task_id, string_to_array(e.recipients, ',')::uuid[], e.data,
        ${timestamp}
      from unnest(
        ${column('type')}::text[], ${column('project_id')}::uuid[], ${column('sprint_id')}::uuid[],
        ${column('left_sprint_id')}::uuid[], ${column('story_id')}::uuid[], ${column('left_story_id')}::uuid[],
        ${column('task_id')}::uuid[],
        ${column('recipients')}::text[], ${column('data')}::text[]
      ) with ordinality as e (
        type, project_id, sprint_id, left_sprint_id, story_id, left_story_id, task_id, recipients, data, n
      ) left join stream on true
    ) ${insertFacts(organizationId, timestamp, rows.length, facts)} ${inserted}
    select epoch, head as seq from stream`.compile(trx)
}

function toAppended(cursor: Cursor, {events, rows}: EncodedEvents): Appended {
  const first = cursor.seq - rows.length + 1
  const records = rows.map((row, index) => ({
    ...row,
    seq: first + index,
    recipients: recipientsOf(events[index]!),
  }))
  return {records, cursor}
}

/**
 * Starts a new epoch in the log of the organization. When the id is omitted, starts a new epoch in the log of every
 * organization. Call this function after a restore from a backup. Existing cursors may refer to events that were lost,
 * so the server rejects these cursors after this call. The seqs continue. Returns the number of organizations that have
 * a new epoch.
 */
export async function renewEpochs(db: Database, organizationId?: string): Promise<number> {
  const streams = db.selectFrom('event_streams').select('organization_id')
  const rows = await (organizationId
    ? streams.where('organization_id', '=', organizationId)
    : streams
  ).execute()
  const ids = rows.map(({organization_id}) => organization_id)
  const {numAffectedRows} = await sql`
    update event_streams s set epoch = renewed.epoch, database_identity = database_identity()
    from unnest(${ids}::uuid[], ${ids.map(newEpoch)}::text[]) as renewed (organization_id, epoch)
    where s.organization_id = renewed.organization_id`.execute(db)
  return Number(numAffectedRows)
}

/**
 * If the current epoch of the organization is `epoch`, starts a new epoch. When several processes call this function at
 * the same time, only one process starts a new epoch. Returns whether this call started a new epoch.
 */
export async function renewEpoch(db: Database, organizationId: string, epoch: string): Promise<boolean> {
  const {numUpdatedRows} = await db
    .updateTable('event_streams')
    .set({epoch: newEpoch(), database_identity: sql<string | null>`database_identity()`})
    .where('organization_id', '=', organizationId)
    .where('epoch', '=', epoch)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Returns the cursor of the newest event that is visible to `db`. Throws an error when the organization has no log. */
export async function readHead(db: Database, organizationId: string): Promise<Cursor> {
  return db
    .selectFrom('event_streams')
    .select(['epoch', 'head as seq'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()
}

/** The head of a log. */
export interface LogHead extends Cursor {
  /**
   * True when the database was restored, or a standby took over, after the epoch began. In this case, events that
   * clients have received may be missing from the log, so a new epoch must begin.
   */
  isRestored: boolean
}

/** Returns a map from the ids of organizations to the heads of their logs. Organizations without a log are omitted. */
export async function readHeads(
  db: Database,
  organizationIds: readonly string[],
): Promise<Map<string, LogHead>> {
  const {rows} = await sql<LogHead & {organization_id: string}>`
    select organization_id, epoch, head as seq,
      coalesce(database_identity <> (select database_identity()), false) as "isRestored"
    from event_streams
    where organization_id = any (${organizationIds}::uuid[])`.execute(db)
  return new Map(rows.map(({organization_id, ...head}) => [organization_id, head]))
}

/** The columns of the log's bounds, followed by the columns of one record. */
const boundsAndRecord = sql`s.epoch, s.head, s.oldest, e.seq, e.type, e.project_id, e.sprint_id, e.left_sprint_id,
  e.story_id, e.left_story_id, e.task_id, e.recipients, e.data`

/**
 * Returns the events with after < seq <= upTo, ascending, and the bounds of the log. One statement reads the events and
 * the bounds, so the events and the bounds are consistent. The events before `oldest` were pruned, so the first record
 * may have a seq greater than `after + 1`. If `maxBytes` is given, the page ends with the event at which the data of
 * the page reaches `maxBytes` bytes.
 */
export async function readPage(
  db: Database,
  organizationId: string,
  after: number,
  upTo: number,
  maxBytes = Number.MAX_SAFE_INTEGER,
): Promise<LogPage> {
  const {rows} = await sql<LogBounds & Nullable<LogRecord>>`
    select ${boundsAndRecord} from event_streams s
    left join (
      select *, ${bytesBefore} as bytes_before from events
      where organization_id = ${organizationId} and seq > ${after} and seq <= ${upTo}
    ) e on e.organization_id = s.organization_id and e.bytes_before < ${maxBytes}
    where s.organization_id = ${organizationId}
    order by e.seq`.execute(db)
  const last = rows.at(-1)?.seq
  return toPage(organizationId, rows, {after, upTo: last && dataBytesOf(rows) >= maxBytes ? last : upTo})
}

/** For each selected event: the number of bytes in the data of all selected events with a lower seq. */
export const bytesBefore = sql`sum(octet_length(data)) over (order by seq) - octet_length(data)`

/** Returns the number of bytes of the data. The data is ASCII. */
export function dataBytesOf(records: readonly {data: string | null}[]): number {
  return records.reduce((sum, {data}) => sum + (data?.length ?? 0), 0)
}

/** Returns the newest events, ascending: at most `limit` events, with at most `maxBytes` bytes of data in total. */
export async function readTail(
  db: Database,
  organizationId: string,
  limit: number,
  maxBytes: number,
): Promise<LogPage> {
  const {rows} = await sql<LogBounds & Nullable<LogRecord>>`
    select ${boundsAndRecord} from event_streams s
    left join (
      select *, sum(octet_length(data)) over (order by seq desc) as bytes from (
        select * from events where organization_id = ${organizationId} order by seq desc limit ${limit}
      ) newest
    ) e on e.organization_id = s.organization_id and e.bytes <= ${maxBytes}
    where s.organization_id = ${organizationId}
    order by e.seq`.execute(db)
  return toPage(organizationId, rows)
}

/** Returns the ids of the organizations whose oldest event was created before `before` (RFC 3339). */
export async function findExpiredLogs(db: Database, before: string): Promise<string[]> {
  const {rows} = await sql<{organization_id: string}>`
    select s.organization_id from event_streams s
    join events e on e.organization_id = s.organization_id and e.seq = s.oldest
    where e.created_at < ${before}`.execute(db)
  return rows.map(({organization_id}) => organization_id)
}

/**
 * Returns the seq of the last event to prune, or 0 when there is no event to prune. Examines the oldest `limit` events
 * and stops at the first event that was created at or after `before` (RFC 3339). Timestamps may decrease slightly from
 * one event to the next. An expired event can therefore follow the event at which the search stops. A later pruning
 * deletes this expired event.
 */
export async function findLastExpired(
  db: Database,
  organizationId: string,
  before: string,
  limit: number,
): Promise<number> {
  const {rows} = await sql<{last: number}>`
    select coalesce(max(seq), 0) as last from (
      select e.seq, bool_and(e.created_at < ${before}) over (order by e.seq) as is_expired
      from event_streams s
      join events e on e.organization_id = s.organization_id and e.seq >= s.oldest and e.seq < s.oldest + ${limit}
      where s.organization_id = ${organizationId}
    ) oldest where is_expired`.execute(db)
  return rows[0]!.last
}

/**
 * Deletes the events up to and including `upTo` and updates `oldest` in the same statement. Returns the number of
 * events deleted.
 */
export async function pruneEvents(db: Database, organizationId: string, upTo: number): Promise<number> {
  // The row in `event_streams` is locked last. A change that needs the same lock therefore waits only for the commit of
  // this transaction. `oldest` is computed from the deleted rows and not from the head, because other transactions may
  // append events during the deletion.
  const {rows} = await sql<{count: number}>`
    with deleted as (
      delete from events e using event_streams s
      where s.organization_id = ${organizationId} and e.organization_id = s.organization_id
        and e.seq >= s.oldest and e.seq <= ${upTo}
      returning e.seq
    )
    update event_streams set oldest = last + 1
    from (select max(seq) as last, count(*) as count from deleted) d
    where organization_id = ${organizationId} and count > 0
    returning count`.execute(db)
  return rows[0]?.count ?? 0
}

type Nullable<T> = {[K in keyof T]: T[K] | null}

/**
 * Converts rows to a page. Each row contains the columns of the stream's row and of one record. Throws an error when an
 * event is missing.
 */
function toPage(
  organizationId: string,
  rows: readonly (LogBounds & Nullable<LogRecord>)[],
  range?: {after: number; upTo: number},
): LogPage {
  const first = rows[0]
  if (!first) throw new Error(`Organization ${organizationId} has no event stream`)
  const {epoch, head, oldest} = first
  // An empty page has one row: the stream's row, with null in the columns of the record.
  const records = first.seq === null ? [] : (rows as (LogBounds & LogRecord)[]).map(toRecord)
  const from = range ? Math.max(range.after + 1, oldest) : head - records.length + 1
  const upTo = range ? Math.min(range.upTo, head) : head
  const isWhole = records.length === Math.max(0, upTo - from + 1)
  const isDense = records.every((record, index) => record.seq === from + index)
  if (!isWhole || !isDense) {
    throw new Error(
      `Events between ${from} and ${upTo} are missing in the log of organization ${organizationId}`,
    )
  }
  return {epoch, head, oldest, records, upTo}
}

function toRecord({epoch: _, head: __, oldest: ___, ...record}: LogBounds & LogRecord): LogRecord {
  return record
}

function recipientsOf({recipients}: NewEvent): readonly string[] | null {
  return recipients?.length ? recipients : null
}

type EventRow = ReturnType<typeof toRow>

/** Returns the columns of the event's row. The fields by which streams select events are separate columns. */
function toRow(newEvent: NewEvent) {
  const {event} = newEvent
  const ids = event as {project_id?: string; sprint_id?: string; from_sprint_id?: string | null} & {
    story_id?: string
    from_story_id?: string
    task_id?: string
  }
  return {
    type: event.type,
    project_id: ids.project_id ?? null,
    sprint_id: ids.sprint_id ?? null,
    left_sprint_id: ids.from_sprint_id ?? null,
    story_id: ids.story_id ?? null,
    left_story_id: ids.from_story_id ?? null,
    task_id: ids.task_id ?? null,
    recipients: recipientsOf(newEvent)?.join(',') ?? null,
    data: encodeEventData(event),
  }
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Returns 64 random bits in base32, with 5 bits in each character. */
function newEpoch(): string {
  let bits = randomBytes(8).readBigUInt64BE()
  let epoch = ''
  for (let length = 0; length < 13; length++) {
    epoch += base32[Number(bits & 31n)]
    bits >>= 5n
  }
  return epoch
}
