import {IncomingMessage, ServerResponse} from 'node:http'
import {Socket} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import test from 'ava'
import type {BoardEvent} from '../../src/board/events.ts'
import type {PollOptions, PollResult} from '../../src/live/poll.ts'
import type {Store} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {type LiveServer, startLiveServer} from '../helpers/live-server.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'
import {streamsAreLive} from '../helpers/streams-are-live.ts'
import {until} from '../helpers/until.ts'

let store: Store
let server: LiveServer

test.before(async () => {
  store = await openNewStore()
  server = await startLiveServer(store.db)
})
test.after.always(async () => {
  await server.close()
  await store.close()
})

/** Starts a poll that nobody reads. Returns the response on which the poll waits. */
function startPoll(organizationId: string, respond: PollOptions['respond'], waitMs = 60_000): ServerResponse {
  const res = new ServerResponse(new IncomingMessage(new Socket()))
  const selection = {topics: ['tasks'] as const}
  server.live.poll({organizationId, userId: 'ada', selection, waitMs, respond}, res)
  return res
}

async function newOrganization(): Promise<string> {
  return (await createOrganization(store.db, {ada: 'member'})).ada.organization_id
}

async function commit(organizationId: string, count: number): Promise<void> {
  const timestamp = new Date().toISOString()
  const events = Array.from({length: count}, () => {
    const member = {id: newId(), name: 'Zoë'}
    const event: BoardEvent = {type: 'member.updated', timestamp, actor_user_id: member.id, member}
    return {event}
  })
  const appended = await store.db
    .transaction()
    .execute(trx => appendEvents(trx, organizationId, timestamp, events))
  server.live.publish(organizationId, appended)
}

test.serial('the waiting polls of a selection share the bytes of their events', async t => {
  const organizationId = await newOrganization()
  const results: PollResult[] = []
  for (let n = 0; n < 40; n++) startPoll(organizationId, result => results.push(result))
  await streamsAreLive(server, organizationId, 40)
  await commit(organizationId, 100)
  await until(() => results.length === 40)
  const events = results.map(result => ('pieces' in result ? result.pieces[1] : undefined) as Buffer)
  t.true(events[0] instanceof Buffer && events[0].length > 4_096)
  t.is(new Set(events.map(({buffer}) => buffer)).size, 1)
  t.is(server.live.stats().streams, 0)
  t.is(server.live.stats().timesBehind, 0)
})

test.serial('after a disconnect or an answer, nothing keeps a poll in memory', async t => {
  const organizationId = await newOrganization()
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  let answers = 0
  const begin = () => {
    const respond = () => {
      answers++
    }
    const res: ServerResponse | undefined = startPoll(organizationId, respond)
    return {respond: new WeakRef(respond), res}
  }
  const polls: {respond: WeakRef<() => void>; res: ServerResponse | undefined}[] = [begin(), begin()]
  await streamsAreLive(server, organizationId, 2)
  polls[0]!.res!.emit('close')
  t.is(server.live.stats().streams, 1)
  await commit(organizationId, 1)
  await until(() => answers === 1)
  polls[1]!.res!.emit('close')
  for (const poll of polls) poll.res = undefined // the response refers to the poll
  for (let collections = 0; collections < 20; collections++) {
    await delay(5)
    collectGarbage()
  }
  t.deepEqual(
    polls.map(({respond}) => respond.deref()),
    [undefined, undefined],
  )
  t.is(answers, 1, 'a poll that has ended is not answered')
  t.is(server.live.stats().streams, 0)
})

test.serial(
  'a poll that reads many pages without a selected event is answered with its progress when its time has passed',
  async t => {
    const organizationId = await newOrganization()
    await commit(organizationId, 300)
    const results: PollResult[] = []
    const poll = (lastEventId: string) => {
      const res = new ServerResponse(new IncomingMessage(new Socket()))
      server.live.poll(
        {
          organizationId,
          userId: 'ada',
          selection: {topics: ['tasks'], types: ['task.deleted']},
          lastEventId,
          waitMs: 0,
          respond: result => results.push(result),
        },
        res,
      )
    }
    let cursor = 'earliest'
    let ready = false
    let polls = 0
    while (!ready) {
      poll(cursor)
      polls++
      await until(() => results.length === polls)
      const answer = JSON.parse((results.at(-1) as {pieces: string[]}).pieces.join(''))
      t.deepEqual(answer.events, [])
      t.not(answer.cursor, cursor)
      cursor = answer.cursor
      ready = answer.ready
    }
    t.true(cursor.endsWith('-300'))
  },
)
