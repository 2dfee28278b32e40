/** Subscribers of a fault run: streams of the client, and readers of raw streams. */
import {setTimeout as delay} from 'node:timers/promises'
import {eventTypes, type Topic, topics} from '../../../src/board/events.ts'
import {openTaskStream, type TaskStream} from '../../../src/client/client.ts'
import {Stream} from '../../helpers/stream.ts'
import type {CheckpointRecord} from './board-digests.ts'
import type {Received, RecordedSelection, SubscriberRecord} from './checker.ts'
import {heartbeatSeconds} from './cluster.ts'
import type {Random} from './random.ts'
import type {Member, Organization} from './world.ts'

export interface Subscription {
  name: string
  /** The address of the balancer. */
  url: string
  organization: Organization
  member: Member
  selection: RecordedSelection
  /** A cursor, or `earliest`. */
  start: string
}

/** A subscriber that records everything that it receives. */
export interface Subscriber {
  record(): SubscriberRecord
  readonly isLive: boolean
  /** The last cursor that the stream has reached. */
  readonly reached: string | undefined
  /** The number of signs of life (for example heartbeats) that the server has sent. */
  readonly beats: number
  close(): void
}

/**
 * Chooses a random selection. When this function is called many times, every topic and every filter is chosen at least
 * one time.
 */
export function chooseSelection(random: Random, organization: Organization): RecordedSelection {
  const wanted: Topic[] = topics.filter(topic => random.chance(topic === 'tasks' ? 0.8 : 0.4))
  const project = random.pick(organization.projects)
  return {
    topics: wanted.length > 0 ? wanted : ['tasks'],
    ...(random.chance(0.2) && {types: eventTypes.filter(() => random.chance(0.5))}),
    ...(random.chance(0.2) && {project_id: [project.id]}),
    ...(random.chance(0.35) && {
      sprint_id: random.shuffled(project.sprints).slice(0, random.chance(0.7) ? 1 : 2),
    }),
    ...(random.chance(0.1) && {story_id: [random.pick(organization.stories).id]}),
  }
}

// Most subscribers of an organization receive the same events, so equal texts are stored only once.
const texts = new Map<string, string>()

function stored(text: string): string {
  const known = texts.get(text)
  if (known === undefined) texts.set(text, text)
  return known ?? text
}

/** Receives the events with `openTaskStream` of `@boardcast/client`. */
export function followWithClient(subscription: Subscription): Subscriber {
  const {url, member, selection, start} = subscription
  const received: Received[] = []
  const seen = new Set<number>()
  const stream: TaskStream = openTaskStream({
    url,
    getToken: () => member.token,
    transport: 'fetch',
    cursor: start,
    selection: {
      topics: selection.topics,
      types: selection.types,
      projectId: selection.project_id,
      sprintId: selection.sprint_id,
      storyId: selection.story_id,
    },
    onEvent: (event, {cursor}) => received.push({cursor, data: stored(JSON.stringify(event))}),
    onReset: ({cursor}) => received.push({cursor, isReset: true}),
  })
  return {
    record: () => recordOf(subscription, received, stream.cursor),
    get isLive() {
      return stream.isConnected
    },
    get reached() {
      return stream.cursor
    },
    get beats() {
      return seen.add(stream.checkedAt?.getTime() ?? 0).size
    },
    close: () => stream.close(),
  }
}

// When no message has arrived for `silenceMs`, the reader ends the connection. `@boardcast/client` uses the same limit.
const silenceMs = 2.5 * heartbeatSeconds * 1_000
const readIntervalMs = 100
const retryMs = [100, 1_000] as const
const reconnectShare = 0.002 // after each read, the probability that the reader reconnects without a reason

/** Receives the events over plain HTTP, and resumes with `Last-Event-ID`, like a simple program without a library. */
export function followWithReader(subscription: Subscription, random: Random): Subscriber {
  const {selection, start, url, member} = subscription
  const received: Received[] = []
  const checkpoints: CheckpointRecord[] = []
  const [sprintId = ''] = selection.sprint_id ?? []
  let [isLive, isClosed, beats] = [false, false, 0]
  let lastEventId: string | undefined
  void follow()
  return {
    record: () => ({...recordOf(subscription, received, lastEventId), checkpoints}),
    get isLive() {
      return isLive
    },
    get reached() {
      return lastEventId
    },
    get beats() {
      return beats
    },
    close() {
      isClosed = true
    },
  }

  async function follow(): Promise<void> {
    while (!isClosed) {
      const headers = {authorization: `Bearer ${member.token}`, 'last-event-id': lastEventId ?? start}
      const stream = await Stream.open(`${url}${pathOf(selection)}`, {headers}).catch(() => undefined)
      if (stream) await read(stream)
      stream?.close()
      isLive = false
      if (!isClosed) await delay(random.between(...retryMs))
    }
  }

  async function read(stream: Stream): Promise<void> {
    let taken = 0
    for (let silentMs = 0; silentMs < silenceMs; silentMs += readIntervalMs) {
      const hasEnded = stream.hasEnded || isClosed
      const before = taken
      for (; taken < stream.received.length; taken++) take(stream.received[taken]!)
      if (taken > before) silentMs = 0
      if (hasEnded || random.chance(reconnectShare)) return
      await delay(readIntervalMs)
    }
  }

  function take({id, data}: Stream['received'][number]): void {
    if (id !== undefined) lastEventId = id
    const type: string = data?.type ?? ''
    if (type === 'stream.ready') isLive = true
    if (type === 'stream.heartbeat') beats++
    if (type === 'stream.checkpoint')
      checkpoints.push({sprintId, seq: Number(data.cursor.split('-')[1]), digest: data.digest})
    if (type === 'stream.reset') received.push({cursor: data.cursor, isReset: true})
    if (type && !type.startsWith('stream.')) received.push({cursor: id!, data: stored(JSON.stringify(data))})
  }
}

function pathOf({topics, types, ...ids}: RecordedSelection): string {
  const query = new URLSearchParams({topics: topics.join()})
  if (types) query.set('types', types.join())
  for (const [name, values] of Object.entries(ids)) for (const id of values) query.append(name, id)
  return `/api/v1/events?${query}`
}

function recordOf(
  {name, organization, member, selection, start}: Subscription,
  received: readonly Received[],
  reached: string | undefined,
): SubscriberRecord {
  return {name, organizationId: organization.id, userId: member.userId, selection, start, received, reached}
}
