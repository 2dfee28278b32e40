// Tests the client in a real browser while the server process is killed and restarted.
import {randomBytes} from 'node:crypto'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {closeBrowser, openBrowser, type Pages, servePages, test} from '../helpers/browser.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {type ServerProcess, startProcess} from '../helpers/process.ts'
import {requireSameBoard} from '../helpers/same-board.ts'

let pages: Pages

const script = `
  import {keepBoard} from '../../src/client/client.ts'
  window.open = options => {
    window.seen = []
    window.statuses = []
    window.refusals = 0
    window.kept = keepBoard({
      ...options,
      getToken({refused}) {
        if (refused) refusals++
        return window.token
      },
      onEvent: (event, {cursor, isReplay}) => seen.push({cursor, isReplay, title: event.task?.title}),
      onStatus: status => statuses.push(status),
    })
  }
`

test.before(async () => {
  pages = await servePages(script)
})
test.after.always(async () => {
  await closeBrowser()
  await pages?.close()
})

const lifetime = 600

/** Starts a server process with a board, and opens a page that shows the board with keepBoard. */
async function open(t: ExecutionContext) {
  const folder = await createDataFolder(t)
  let server: ServerProcess
  let secret: string
  const tokenNow = () =>
    mintToken({secret}, {subject: 'ada', organization: 'acme', role: 'member', name: 'Ada', lifetime})
  const start = async (newSecret: string, port?: string) => {
    secret = newSecret
    const env = {DATA_DIR: folder, AUTH_JWT_SECRET: secret, CORS_ORIGINS: pages.url}
    server = await startProcess({...env, ...(port && {PORT: port}), HEARTBEAT_SECONDS: '1'})
  }
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {authorization: `Bearer ${await tokenNow()}`, 'content-type': 'application/json'},
      ...(body !== undefined && {body: JSON.stringify(body)}),
    })
    return {body: (await response.json()) as any, cursor: response.headers.get('event-id')!}
  }
  await start(randomBytes(32).toString('hex'))
  t.teardown(() => server.end('SIGTERM'))
  const {port} = new URL(server!.url)
  const {body: project} = await call('POST', '/projects', {name: 'Rocket'})
  const {body: sprint} = await call('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 1'})
  const newStory = {title: 'Orbit', sprint_id: sprint.id}
  const {body: story} = await call('POST', `/projects/${project.id}/stories`, newStory)

  const context = await openBrowser(t)
  const page = await context.newPage()
  await page.goto(pages.url)
  const options = {url: server!.url, sprintId: sprint.id}
  await page.evaluate(`window.token = '${await tokenNow()}'; window.open(${JSON.stringify(options)})`)
  await page.waitForFunction('kept.isConnected')
  return {
    page,
    kill: () => server.end('SIGKILL'),
    restart: (newSecret = secret) => start(newSecret, port),
    tokenNow,
    addTask: (title: string) => call('POST', `/stories/${story.id}/tasks`, {title}),
    async boardEqualsSnapshot() {
      const {body} = await call('GET', `/sprints/${sprint.id}/board`)
      await page.waitForFunction(`kept.cursor === '${body.cursor}'`)
      const kept = await page.evaluate('kept.board')
      t.notThrows(() => requireSameBoard(kept, body))
    },
  }
}

test('after the server is killed and restarted, the page reconnects and receives every event once', async t => {
  t.timeout(120_000)
  const {page, kill, restart, addTask, boardEqualsSnapshot} = await open(t)
  await addTask('before')
  await page.waitForFunction('seen.length === 1')
  await kill()
  await page.waitForFunction("kept.status === 'reconnecting'")
  await restart()
  // The page may reconnect before, during or after these changes.
  for (const title of ['one', 'two', 'three']) await addTask(title)
  await page.waitForFunction('kept.isConnected')
  await addTask('after')
  await page.waitForFunction('seen.length >= 5')
  t.deepEqual(await page.evaluate('seen.map(({title}) => title)'), ['before', 'one', 'two', 'three', 'after'])
  t.deepEqual(await page.evaluate('statuses'), ['live', 'reconnecting', 'live'])
  await boardEqualsSnapshot()
})

test('after a restart with a new secret, the page gets 401, requests a new token and continues', async t => {
  t.timeout(120_000)
  const {page, kill, restart, addTask, tokenNow, boardEqualsSnapshot} = await open(t)
  await kill()
  // The token of the page is invalid, because the secret has changed.
  await restart(randomBytes(32).toString('hex'))
  await page.waitForFunction("kept.status === 'signed-out'")
  t.true(((await page.evaluate('refusals')) as number) > 0)
  await addTask('meanwhile')
  await page.evaluate(`window.token = '${await tokenNow()}'`)
  await page.waitForFunction('kept.isConnected')
  await page.waitForFunction('seen.length >= 1')
  t.deepEqual(await page.evaluate('statuses'), ['live', 'reconnecting', 'signed-out', 'live'])
  await boardEqualsSnapshot()
})
