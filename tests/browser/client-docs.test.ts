// Runs the samples of docs/client.md in Chromium, with a complete server. Only the URL of the server is replaced.
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {basename, join} from 'node:path'
import type {ExecutionContext} from 'ava'
import type {Route} from 'playwright-core'
import {closeBrowser, openBrowser, servePages, test} from '../helpers/browser.ts'
import {packClient} from '../helpers/packed-client.ts'
import {startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const docs = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8')
const samples = new Map(
  [...docs.matchAll(/^```tsx?\n(\/\/ (\S+)\n.*?)^```$/gms)].map(([, code, name]) => [name!, code!]),
)

test.after.always(() => closeBrowser())

/**
 * Opens a page that runs a sample of the document. `use` calls the exports of the sample. The page stores the token, and
 * collects what the sample writes to the console.
 */
async function run(t: ExecutionContext, sample: string, use: string) {
  const given = `
    import {QueryClient} from '@tanstack/query-core'
    const given = JSON.parse(decodeURIComponent(location.hash.slice(1)))
    Object.assign(window, {...given, shown: [], boards: [], queryClient: new QueryClient()})
    sessionStorage.setItem('token', given.token)
    console.log = (...words) => shown.push(words.join(' '))
    window.render = board => boards.push(board)
  `
  const example = samples.get(sample)!.replaceAll("'https://board.example'", '(window as any).server')
  const pages = await servePages("import 'given'; import 'usage'", {given, example, usage: use})
  const server = await startServer({corsOrigins: [pages.url]})
  const team = await server.team('acme')
  const token = await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'})
  const context = await openBrowser(t)
  t.teardown(async () => {
    await server.close()
    await pages.close()
  })
  const names = {server: server.url, token, sprintId: team.sprint.id, taskId: team.task.id}
  const page = await context.newPage()
  const open = () => page.goto(`${pages.url}/#${encodeURIComponent(JSON.stringify(names))}`)
  const shown = () => page.evaluate('shown') as Promise<string[]>
  const waitUntilShown = (words: string) => page.waitForFunction(`shown.includes(${JSON.stringify(words)})`)
  return {...team, page, open, shown, waitUntilShown}
}

test('the sample of a stream shows its status and a live event', async t => {
  const use = "import {watchSprint} from 'example'; watchSprint(window.sprintId)"
  const {bob, task, open, shown, waitUntilShown} = await run(t, 'stream.ts', use)
  await open()
  await waitUntilShown('live')
  await bob.put(`/tasks/${task.id}/ownership`)
  await waitUntilShown('ownership_taken now')
  t.deepEqual(await shown(), ['live', 'ownership_taken now'])
})

test('the sample of a board renders the board and rolls back a rejected change', async t => {
  const use = `
    import {showSprint, take} from 'example'
    take(showSprint(window.sprintId, window.render), window.taskId)
  `
  const {bob, task, page, open, waitUntilShown} = await run(t, 'board.ts', use)
  await bob.put(`/tasks/${task.id}/ownership`)
  await open()
  await waitUntilShown('task-already-owned Bob')
  await page.waitForFunction('boards.length > 0')
  t.is(await page.evaluate('boards.at(-1).stories[0].tasks[0].status'), 'owned')
})

test('the sample of the rules follows a board with applyEvent, and the sample of the API renames a task', async t => {
  const both = `${samples.get('follow.ts')}\n${samples.get('api.ts')!.replace('import {createApi, isProblem}', 'import {isProblem}')}`
  samples.set('both', both)
  const use = `
    import {follow, openTasks, renameTask} from 'example'
    Object.assign(window, {openTasks, renameTask})
    follow(window.sprintId, window.render)
  `
  const {bob, task, story, page, open} = await run(t, 'both', use)
  await open()
  t.is(await page.evaluate(`renameTask('${task.id}', 'Ready')`), 'Ready')
  t.deepEqual(await page.evaluate(`openTasks('${story.id}')`), ['Ready'])
  await page.waitForFunction("boards.at(-1)?.stories[0].tasks[0].title === 'Ready'")
  await bob.put(`/tasks/${task.id}/ownership`)
  await page.waitForFunction("boards.at(-1)?.stories[0].tasks[0].status === 'owned'")
})

test('the sample of the React hooks renders a board and the last event', async t => {
  const use = `
    import {createRoot} from 'react-dom/client'
    import {Sprint, Ticker} from 'example'
    createRoot(document.body.appendChild(document.createElement('div'))).render(
      <><Sprint sprintId={window.sprintId} /><Ticker /></>,
    )
  `
  const {bob, story, page, open} = await run(t, 'sprint.tsx', use)
  await open()
  await page.getByText('no events yet').waitFor()
  await page.getByRole('button', {name: 'Fill the tank: available'}).click()
  await page.getByText('Fill the tank: owned').waitFor()
  await page.getByText('ownership_taken').waitFor()
  await bob.post(`/stories/${story.id}/tasks`, {title: 'Count down'})
  await page.getByText('Count down: available').waitFor()
  t.pass()
})

test('the sample of TanStack Query updates the cache from the stream, also with a change between a query and the stream', async t => {
  const use = `
    import {followWithQueries} from 'example'
    const start = async () => {
      const {stream, boardQuery} = await followWithQueries(window.queryClient)
      window.stream = stream
      const board = await window.queryClient.fetchQuery(boardQuery(window.sprintId))
      console.log(board.sprint.name)
    }
    start()
  `
  const {bob, task, sprint, page, open, waitUntilShown} = await run(t, 'queries.ts', use)
  // The request for the stream reaches the server after the change.
  let held: Route | undefined
  await page.route('**/api/v1/events/**', route => {
    if (held) return route.continue()
    held = route
  })
  await open()
  await waitUntilShown('Sprint 1')
  const status = `queryClient.getQueryData(['boards', '${sprint.id}']).stories[0].tasks[0].status`
  t.is(await page.evaluate(status), 'available')
  await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => held)
  await held!.continue()
  await page.waitForFunction('stream.isConnected')
  await page.waitForFunction(`${status} === 'owned'`)
  await bob.put(`/tasks/${task.id}/status`, {status: 'in_progress'})
  await page.waitForFunction(`${status} === 'in_progress'`)
  t.is(await page.evaluate(status), 'in_progress')
})

test('the plain page shows a board with the files of the packed client, without a bundler', async t => {
  const {project} = await packClient()
  const dist = join(project, 'node_modules/@boardcast/client/dist')
  const [, html] = /```html\n(.*?)```/s.exec(docs)!
  let url = ''
  const site = createServer((req, res) => {
    const {pathname} = new URL(req.url!, 'http://localhost')
    const isFile = pathname.startsWith('/boardcast/')
    res.writeHead(200, {'content-type': isFile ? 'text/javascript' : 'text/html; charset=utf-8'})
    res.end(
      isFile ? readFileSync(join(dist, basename(pathname))) : html!.replaceAll('https://board.example', url),
    )
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const server = await startServer({corsOrigins: [origin]})
  t.teardown(async () => {
    site.close()
    site.closeAllConnections()
    await server.close()
  })
  url = server.url
  const {bob, sprint, task} = await server.team('acme')
  const token = await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'})
  const context = await openBrowser(t)
  await context.addInitScript(`sessionStorage.setItem('token', '${token}')`)
  const page = await context.newPage()
  await page.goto(`${origin}/?sprint=${sprint.id}`)
  await page.getByText('Fill the tank: available').waitFor()
  await bob.put(`/tasks/${task.id}/ownership`)
  await page.getByText('Fill the tank: owned').waitFor()
  t.is(await page.locator('h1').textContent(), 'Sprint 1')
})

// Each row of the table at the end of docs/client.md is covered by a test. For each row, this list contains the
// file of the test and a part of the title of the test.
const coveredBy: [row: string, file: string, title: string][] = [
  ['the stream breaks or ends', 'client/strategy', 'a stream that ends is reopened'],
  ['`stream.drain`', 'client/strategy', 'after stream.drain the client reconnects'],
  ['`stream.expiring`', 'client/connection-states', 'a minute before the token ends'],
  ['`stream.expired`', 'client/connection-states', 'opens with a token that ends within a minute'],
  ['`stream.revoked`', 'client/connection-states', 'after stream.revoked, the client reconnects'],
  ['`stream.unavailable`', 'client/strategy', 'after stream.unavailable the client reconnects'],
  ['no connection', 'client/strategy', 'when the server cannot be reached'],
  ['401', 'client/strategy', 'after 401 on a reconnect'],
  [
    'the server refuses a request of `EventSource`',
    'client/strategy',
    'after 5xx the client reports the problem',
  ],
  ['400, 404, or 403', 'client/strategy', 'after an invalid request the client reports'],
  ['silence', 'client/strategy', 'after 2.5 heartbeats of silence'],
  ['a stream stays silent', 'client/held-streams', 'all of them change to long polls'],
  ['the machine wakes from sleep', 'browser/client', 'after a laptop slept, the page is live again'],
  ['the network is back', 'browser/client', 'makes a waiting client reconnect immediately'],
  ['the network is gone', 'browser/client', 'after being offline, a page receives'],
  ['`stream.reset`', 'client/strategy', 'after stream.reset the current board is fetched'],
  ['the stream breaks between', 'client/strategy', 'breaks before its reset arrives'],
  ['the page is left', 'browser/client', 'comes back from the bfcache'],
  ['the tab with the connection', 'browser/client', 'when the leader is closed, another tab takes over'],
]

test('every row of the table of failures is covered by a test', t => {
  const [, section] = /^## When something fails\n(.*)/ms.exec(docs)!
  const rows = [...section!.matchAll(/^\| (.*?) \| .* \|$/gm)].map(([, what]) => what!).slice(1)
  t.is(rows.length, coveredBy.length)
  for (const [index, [row, file, title]] of coveredBy.entries()) {
    t.true(rows[index]!.startsWith(row), `Expected the row “${row}”, found “${rows[index]}”`)
    const tests = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8')
    t.true(tests.includes(title), `${file}.test.ts has no test whose title contains “${title}”`)
  }
})
