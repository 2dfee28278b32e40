// Tests that a client with `getToken` receives every event while the tokens of its streams end.
import test from 'ava'
import {openTaskStream} from '../../src/client/stream.ts'
import {startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

test('while tokens end, a client gets new tokens, stays live, and receives every event once and in order', async t => {
  let aheadMs = 0
  const server = await startServer({live: {timeOfDay: () => Date.now() + aheadMs}})
  t.teardown(() => server.close())
  const {bob, story} = await server.team(t.title)
  const ada = {sub: 'ada', org: t.title, role: 'member'} as const
  let tokens = 0
  const titles: string[] = []
  const statuses: string[] = []
  const stream = openTaskStream({
    url: server.url,
    // By the clock of the server, each token ends one hour later than the previous token.
    getToken: () => server.tokenFor({...ada, lifetime: 3_600 * ++tokens}),
    onEvent: event => event.type === 'task.created' && titles.push(event.task.title),
    onStatus: status => statuses.push(status),
  })
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  const sent = Array.from({length: 40}, (_, n) => `Step ${n}`)
  for (const [index, title] of sent.entries()) {
    t.is((await bob.post(`/stories/${story.id}/tasks`, {title})).status, 201)
    if (index % 10 === 5) {
      const before = tokens
      aheadMs += 3_600_000 - 1_000
      await until(() => tokens > before)
    }
  }
  await until(() => titles.length === sent.length)
  t.deepEqual(titles, sent)
  t.deepEqual(statuses, ['live'])
  t.true(tokens >= 5)
})
