/** The event log: appended to under the stream row's lock, read in pages that show their own holes. */
import {randomBytes} from 'node:crypto'
import {type CompiledQuery, sql, type Transaction} from 'kysely'
import type {Cursor} from '../board/cursor.ts'
import type {BoardEvent, EventType} from '../board/events.ts'
import type {TaskAtHand} from '../board/notification-rules.ts'
import type {Database} from './connection.ts'
import {commitWith, queryWith} from './round-trips.ts'
import type {Tables} from './tables.ts'

/** An event as the log keeps it: what selections match on, and the data as it is sent. */
export interface LogRecord {
  seq: number
  type: EventType
  project_id: string | null
  sprint_id: string | null
  left_sprint_id: string | null
  story_id: string | null
  task_id: string | null
  recipients: readonly string[] | null
  /** One line of ASCII JSON. */
  data: string
}

/** An event about to be appended, and the members whom it concerns. */
export interface NewEvent {
  event: BoardEvent
  recipients?: readonly string[]
  /** Of an event of a task: the task, for those who are notified. */
  task?: TaskAtHand
}

/** What a change appended: its records in order, and the cursor of the last (of the head when there are none). */
export interface Appended {
  records: LogRecord[]
  cursor: Cursor
}

/** The place of an organization's log at one moment. */
export interface LogState {
  epoch: string
  /** The last seq allotted. */
  head: number
  /** The first seq still kept; head + 1 when none is. */
  oldest: number
}

/** A run of the log, gapless, with the state of the log at the same moment. */
export interface LogPage extends LogState {
  records: LogRecord[]
}

/** Starts the log of a new organization. Does nothing where it has one. */
export async function createEventStream(trx: Transaction<Tables>, organizationId: string): Promise<void> {
  await trx
    .insertInto('event_streams')
    .values({organization_id: organizationId, epoch: newEpoch(), head: 0, oldest: 1})
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/**
 * Appends events to the organization's log; the last statement of a change. The change's `writes` go before it, in
 * the same trip. Seq is allotted under the lock of the stream's row, so seq order is commit order.
 */
export async function appendEvents(
  trx: Transaction<Tables>,
  organizationId: string,
  at: string,
  events: readonly NewEvent[],
  writes: readonly CompiledQuery[] = [],
): Promise<Appended> {
  const rows = events.map(toRow)
  const [stream] = await queryWith(trx, writes, appending(trx, organizationId, at, rows))
  return toAppended(stream!, events, rows)
}

/** As `appendEvents`, with the commit behind it, in the same trip. */
export async function commitEvents(
  trx: Transaction<Tables>,
  organizationId: string,
  at: string,
  events: readonly NewEvent[],
  writes: readonly CompiledQuery[],
): Promise<Appended> {
  const rows = events.map(toRow)
  const [stream] = await commitWith(trx, writes, appending(trx, organizationId, at, rows))
  return toAppended(stream!, events, rows)
}

/** Answers where the log stands then. */
function appending(
  trx: Transaction<Tables>,
  organizationId: string,
  at: string,
  rows: readonly EventRow[],
): CompiledQuery<Cursor> {
  if (rows.length === 0) return selectHead(trx, organizationId).compile()
  const column = (name: keyof EventRow) => rows.map(row => row[name])
  // An organization without a stream gets no seq, and without one the table takes no event.
  return sql<Cursor>`
    with stream as (
      update event_streams set head = head + ${rows.length}
      where organization_id = ${organizationId}
      returning epoch, head
    ), appended as (
      insert into events (
        organization_id, seq, type, project_id, sprint_id, left_sprint_id, story_id, task_id, recipients, data, created_at
      )
      select ${organizationId}, stream.head - ${rows.length} + e.n, e.type, e.project_id, e.sprint_id,
        e.left_sprint_id, e.story_id, e.task_id, string_to_array(e.recipients, ',')::uuid[], e.data, ${at}
      from unnest(
        ${column('type')}::text[], ${column('project_id')}::uuid[], ${column('sprint_id')}::uuid[],
        ${column('left_sprint_id')}::uuid[], ${column('story_id')}::uuid[], ${column('task_id')}::uuid[],
        ${column('recipients')}::text[], ${column('data')}::text[]
      ) with ordinality as e (
        type, project_id, sprint_id, left_sprint_id, story_id, task_id, recipients, data, n
      ) left join stream on true
    )
    select epoch, head as seq from stream`.compile(trx)
}

function toAppended(cursor: Cursor, events: readonly NewEvent[], rows: readonly EventRow[]): Appended {
  const first = cursor.seq - rows.length + 1
  const records = rows.map((row, index) => ({
    ...row,
    seq: first + index,
    recipients: recipientsOf(events[index]!),
  }))
  return {records, cursor}
}

/**
 * Begins a new history after a restore from backup: seqs go on, but cursors given so far are no longer served, for
 * events that they count may be lost. Of one organization, or of all where it is absent; answers of how many.
 */
export async function renewEpochs(db: Database, organizationId?: string): Promise<number> {
  const streams = db.selectFrom('event_streams').select('organization_id')
  const rows = await (organizationId
    ? streams.where('organization_id', '=', organizationId)
    : streams
  ).execute()
  const ids = rows.map(({organization_id}) => organization_id)
  const {numAffectedRows} = await sql`
    update event_streams s set epoch = renewed.epoch
    from unnest(${ids}::uuid[], ${ids.map(newEpoch)}::text[]) as renewed (organization_id, epoch)
    where s.organization_id = renewed.organization_id`.execute(db)
  return Number(numAffectedRows)
}

/** The cursor of the last event that the transaction sees. */
export async function readHead(db: Database, organizationId: string): Promise<Cursor> {
  return selectHead(db, organizationId).executeTakeFirstOrThrow()
}

function selectHead(db: Database, organizationId: string) {
  return db
    .selectFrom('event_streams')
    .select(['epoch', 'head as seq'])
    .where('organization_id', '=', organizationId)
}

/** The heads of several organizations, by organization. */
export async function readHeads(
  db: Database,
  organizationIds: readonly string[],
): Promise<Map<string, {epoch: string; head: number}>> {
  const {rows} = await sql<{organization_id: string; epoch: string; head: number}>`
    select organization_id, epoch, head from event_streams
    where organization_id = any (${organizationIds}::uuid[])`.execute(db)
  return new Map(rows.map(({organization_id, ...stream}) => [organization_id, stream]))
}

/** The log's state in every row, beside a record of it. */
const stateAndRecord = sql`s.epoch, s.head, s.oldest, e.seq, e.type, e.project_id, e.sprint_id, e.left_sprint_id,
  e.story_id, e.task_id, e.recipients, e.data`

/**
 * Events with after < seq <= upTo, ascending, with the state of the log: one statement, so one moment. The
 * run is gapless; it begins later than asked only where the log was pruned (compare with `oldest`).
 */
export async function readPage(
  db: Database,
  organizationId: string,
  after: number,
  upTo: number,
): Promise<LogPage> {
  const {rows} = await sql<LogState & Nullable<LogRecord>>`
    select ${stateAndRecord} from event_streams s
    left join events e on e.organization_id = s.organization_id and e.seq > ${after} and e.seq <= ${upTo}
    where s.organization_id = ${organizationId}
    order by e.seq`.execute(db)
  return toPage(organizationId, rows, {after, upTo})
}

/** The newest events, at most `limit` of them and at most `maxBytes` of data, ascending, as `readPage` does. */
export async function readTail(
  db: Database,
  organizationId: string,
  limit: number,
  maxBytes: number,
): Promise<LogPage> {
  const {rows} = await sql<LogState & Nullable<LogRecord>>`
    select ${stateAndRecord} from event_streams s
    left join (
      select *, sum(octet_length(data)) over (order by seq desc) as bytes from (
        select * from events where organization_id = ${organizationId} order by seq desc limit ${limit}
      ) newest
    ) e on e.organization_id = s.organization_id and e.bytes <= ${maxBytes}
    where s.organization_id = ${organizationId}
    order by e.seq`.execute(db)
  return toPage(organizationId, rows)
}

/** The organizations whose oldest event was made before `before` (RFC 3339). */
export async function findExpiredLogs(db: Database, before: string): Promise<string[]> {
  const {rows} = await sql<{organization_id: string}>`
    select s.organization_id from event_streams s
    join events e on e.organization_id = s.organization_id and e.seq = s.oldest
    where e.created_at < ${before}`.execute(db)
  return rows.map(({organization_id}) => organization_id)
}

/**
 * The last of the oldest events, `limit` at most, that were all made before `before`; 0 when there is none. An
 * event may have been made a little earlier than its predecessor, and is kept with it.
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
 * Forgets the events up to and including `upTo`, and moves the oldest kept in the same statement. Answers how many
 * were forgotten.
 */
export async function pruneEvents(db: Database, organizationId: string, upTo: number): Promise<number> {
  // The stream's row is locked last, so changes wait for no more than the commit. What `oldest` becomes is told by
  // the rows that are gone: the head may have moved meanwhile.
  const {rows} = await sql<{count: number}>`
    with gone as (
      delete from events e using event_streams s
      where s.organization_id = ${organizationId} and e.organization_id = s.organization_id
        and e.seq >= s.oldest and e.seq <= ${upTo}
      returning e.seq
    )
    update event_streams set oldest = last + 1
    from (select max(seq) as last, count(*) as count from gone) g
    where organization_id = ${organizationId} and count > 0
    returning count`.execute(db)
  return rows[0]?.count ?? 0
}

type Nullable<T> = {[K in keyof T]: T[K] | null}

/** `rows` is what stands between two seqs, joined to the stream's row. Throws where the log has a hole. */
function toPage(
  organizationId: string,
  rows: readonly (LogState & Nullable<LogRecord>)[],
  bounds?: {after: number; upTo: number},
): LogPage {
  const first = rows[0]
  if (!first) throw new Error(`Organization ${organizationId} has no event stream`)
  const {epoch, head, oldest} = first
  // The one row of an empty page is the stream's, joined with nothing.
  const records = first.seq === null ? [] : (rows as (LogState & LogRecord)[]).map(toRecord)
  const from = bounds ? Math.max(bounds.after + 1, oldest) : head - records.length + 1
  const upTo = bounds ? Math.min(bounds.upTo, head) : head
  const isWhole = records.length === Math.max(0, upTo - from + 1)
  const isDense = records.every((record, index) => record.seq === from + index)
  if (!isWhole || !isDense) {
    throw new Error(`The log of organization ${organizationId} has a hole between ${from} and ${upTo}`)
  }
  return {epoch, head, oldest, records}
}

function toRecord({epoch: _, head: __, oldest: ___, ...record}: LogState & LogRecord): LogRecord {
  return record
}

function recipientsOf({recipients}: NewEvent): readonly string[] | null {
  return recipients?.length ? recipients : null
}

type EventRow = ReturnType<typeof toRow>

/** The columns that selections match on, read off the event itself. */
function toRow(newEvent: NewEvent) {
  const {event} = newEvent
  const ids = event as {project_id?: string; sprint_id?: string; from_sprint_id?: string | null} & {
    story_id?: string
    task_id?: string
  }
  return {
    type: event.type,
    project_id: ids.project_id ?? null,
    sprint_id: ids.sprint_id ?? null,
    left_sprint_id: ids.from_sprint_id ?? null,
    story_id: ids.story_id ?? null,
    task_id: ids.task_id ?? null,
    recipients: recipientsOf(newEvent)?.join(',') ?? null,
    data: toAsciiJson(event),
  }
}

/** JSON in which every character beyond ASCII is escaped, so that its length in characters is that in bytes. */
export function toAsciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** 64 random bits; base32 holds 5 a character. */
function newEpoch(): string {
  let bits = randomBytes(8).readBigUInt64BE()
  let epoch = ''
  for (let length = 0; length < 13; length++) {
    epoch += base32[Number(bits & 31n)]
    bits >>= 5n
  }
  return epoch
}
