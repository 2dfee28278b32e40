import test from 'ava'
import {applyEvent} from '../../src/board/apply-event.ts'
import {digestOf} from '../../src/store/board-digest.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {limits: {checkpointIdleMs: 50, checkpointIntervalMs: 100}}})
})
test.after.always(() => server.close())

const typesOf = (stream: Stream) =>
  stream.received.map(({data}) => data.type).filter(type => type !== 'stream.heartbeat')

test('after a change, the stream of a sprint receives the digest of the board, and a stream that resumes at the checkpoint misses and repeats nothing', async t => {
  const {ada, bob, task, sprint} = await server.team('stream')
  const token = await server.tokenFor({sub: 'ada', org: 'stream'})
  const open = async (query: string, lastEventId?: string) => {
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}&${query}`, {
      ...(lastEventId && {headers: {'last-event-id': lastEventId}}),
    })
    t.teardown(() => stream.close())
    await stream.waitFor('stream.ready')
    return stream
  }
  const stream = await open(`sprint_id=${sprint.id}`)
  const framed = await open(`sprint_id=${sprint.id}&framing=message`)
  const others = await Promise.all([
    open(''),
    open(`sprint_id=${sprint.id}&types=ownership_taken,ownership_released`),
    open(`sprint_id=${sprint.id}&sprint_id=${task.id}`),
  ])
  const {headers} = await ada.put(`/tasks/${task.id}/ownership`)
  const checkpoint = await stream.waitFor('stream.checkpoint')
  const {body: board} = await ada.get(`/sprints/${sprint.id}/board`)
  t.is(checkpoint.data.digest, board.digest)
  t.is(checkpoint.id, headers.get('event-id')!)
  t.is(checkpoint.data.cursor, checkpoint.id)
  t.deepEqual(typesOf(stream).slice(-2), ['ownership_taken', 'stream.checkpoint'])
  t.like(await framed.waitFor('stream.checkpoint'), {data: {digest: board.digest}, event: undefined})

  const resumed = await open(`sprint_id=${sprint.id}`, checkpoint.id)
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Later', mentions: []})
  await resumed.waitFor('task.commented')
  // The next checkpoint may follow soon.
  t.deepEqual(typesOf(resumed).slice(0, 3), ['stream.open', 'stream.ready', 'task.commented'])
  const released = await ada.delete(`/tasks/${task.id}/ownership`)
  const releasedId = released.headers.get('event-id')!
  await stream.waitFor(({id, data}) => data.type === 'stream.checkpoint' && id === releasedId)
  for (const other of others) {
    await other.waitFor('ownership_released')
    t.false(other.received.some(({data}) => data.type === 'stream.checkpoint'))
  }
})

test('while a board changes all the time, each checkpoint has the digest of the board at its place in the stream', async t => {
  const {ada, bob, root, sprint, story} = await server.team('busy')
  const {body: board} = await ada.get(`/sprints/${sprint.id}/board`)
  const token = await server.tokenFor({sub: 'ada', org: 'busy'})
  const query = `token=${token}&sprint_id=${sprint.id}&lastEventId=${board.cursor}`
  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?${query}`)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  const checkpoints = () => stream.received.filter(({data}) => data.type === 'stream.checkpoint')
  const change = async (client: typeof ada, name: string) => {
    for (let count = 0; checkpoints().length < 8; count++) {
      const {body: task} = await client.post(`/stories/${story.id}/tasks`, {title: `${name} ${count}`})
      await client.put(`/tasks/${task.id}/ownership`)
      if (count % 3 === 0) await client.delete(`/tasks/${task.id}`)
    }
  }
  await Promise.all([change(ada, 'Ada'), change(bob, 'Bob'), change(root, 'Root')])
  let current = board
  let between = 0
  for (const {id, data} of stream.received) {
    if (data.type !== 'stream.checkpoint') {
      current = applyEvent(current, data)
      continue
    }
    t.is(data.digest, digestOf(current))
    t.is(id, data.cursor)
    if (stream.received.at(-1)!.data !== data) between++
  }
  t.true(between >= 7, `${between} checkpoints have later events`)
})
