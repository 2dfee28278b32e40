import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import {keepBoard, openTaskStream, type TaskStreamOptions} from '../../src/client/client.ts'
import {type KeptPresence, keepPresence, type PresenceEvent} from '../../src/client/presence.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  const limits = {presenceIntervalMs: 50, presenceGraceMs: 300}
  server = await startServer({live: {heartbeatSeconds: 0.5, limits}})
})
test.after.always(() => server.close())

async function newTeam(org: string) {
  const team = await server.team(org)
  const optionsOf = async (name: string) => {
    const token = await server.tokenFor({sub: name.toLowerCase(), org, role: 'member', name})
    return {url: server.url, getToken: () => token, sprintId: team.sprint.id}
  }
  return {...team, optionsOf}
}

const namesOf = ({presence}: KeptPresence) => presence.members.map(({name}) => name).sort()

test('keepPresence shows the members of the board and the tasks that they show, until they leave', async t => {
  const {optionsOf, task} = await newTeam('a board')
  const follow = async (name: string) => {
    const options = await optionsOf(name)
    const present = keepPresence(options)
    const kept = keepBoard({...options, onPresence: present.receive})
    const close = () => {
      present.close()
      kept.close()
    }
    t.teardown(close)
    return {present, close}
  }
  const ada = await follow('Ada')
  await until(() => namesOf(ada.present).join() === 'Ada')
  const bob = await follow('Bob')
  await until(() => namesOf(ada.present).join() === 'Ada,Bob')
  await until(() => namesOf(bob.present).join() === 'Ada,Bob')
  const tasksOfBob = () => ada.present.presence.members.find(({name}) => name === 'Bob')!.task_ids
  bob.present.showTask(task.id)
  await until(() => tasksOfBob().join() === task.id)
  bob.present.showTask(null)
  await until(() => tasksOfBob().length === 0)
  bob.close()
  await until(() => namesOf(ada.present).join() === 'Ada')
  t.deepEqual(namesOf(bob.present), ['Ada', 'Bob'], 'nothing changes after close')
})

test('a stream without onPresence does not show its member', async t => {
  const {optionsOf} = await newTeam('a plain stream')
  const events: PresenceEvent[] = []
  const open = (options: TaskStreamOptions, sprintId: string) => {
    const stream = openTaskStream({...options, selection: {sprintId}})
    t.teardown(() => stream.close())
    return until(() => stream.isConnected)
  }
  const {sprintId, ...plain} = await optionsOf('Ada')
  await open(plain, sprintId)
  const {sprintId: _, ...watching} = await optionsOf('Bob')
  await open({...watching, onPresence: event => events.push(event)}, sprintId)
  await until(() => events.length > 0)
  const [state] = events
  t.like(state, {type: 'presence.state', sprint_id: sprintId, more: 0})
  t.deepEqual('members' in state! && state.members.map(({name}) => name), ['Bob'])
})

test('over long polls, the answers contain the presence', async t => {
  const {optionsOf} = await newTeam('long polls')
  const options = await optionsOf('Ada')
  const present = keepPresence(options)
  const kept = keepBoard({...options, transport: 'poll', onPresence: present.receive})
  t.teardown(() => [present, kept].map(part => part.close()))
  await until(() => namesOf(present).join() === 'Ada')
  t.is(kept.transport, 'poll')
})

test('a tab that receives no state reads the presence, and applies the changes that arrived in the meantime', async t => {
  const {optionsOf, sprint, ada} = await newTeam('a follower')
  const {user_id} = await ada.caller()
  const other = await optionsOf('Bob')
  const stream = keepBoard({...other, onPresence() {}})
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)

  let respond!: () => void
  const options = await optionsOf('Ada')
  const present = keepPresence({
    ...options,
    async fetch(url, init) {
      const response = await fetch(url, init as RequestInit)
      await new Promise<void>(resolve => {
        respond = resolve
      })
      return response
    },
  })
  t.teardown(() => present.close())
  await until(() => respond)
  const joined = [{user_id, name: 'Ada', task_ids: []}]
  const change = {timestamp: '2026-12-01T09:00:00.000Z', left: [], updated: [], more: 0, joined}
  present.receive({type: 'presence.changed', sprint_id: sprint.id, ...change})
  present.receive({type: 'presence.changed', sprint_id: user_id, ...change, more: 7})
  t.deepEqual(namesOf(present), [], 'the list before the change is not known')
  respond()
  await until(() => namesOf(present).join() === 'Ada,Bob')
  t.is(present.presence.more, 0)
})

test('reports are sent one after another, and the last report wins', async t => {
  const sent: (string | null)[] = []
  const present = keepPresence({
    url: 'http://boardcast.test',
    sprintId: 's',
    async fetch(_, {body}) {
      if (body) sent.push(JSON.parse(String(body)).task_id)
      await delay(10)
      return new Response(null, {status: 204})
    },
  })
  for (const task of ['a', 'b', 'c']) present.showTask(task)
  await until(() => sent.length === 2)
  t.deepEqual(sent, ['a', 'c'])
  present.close()
  await until(() => sent.length === 3)
  t.deepEqual(sent, ['a', 'c', null])
})
