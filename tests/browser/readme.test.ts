// Runs the samples from the client section of README in Chromium, with a complete server. The samples are unchanged.
import {readFileSync} from 'node:fs'
import type {ExecutionContext} from 'ava'
import {closeBrowser, openBrowser, servePages, test} from '../helpers/browser.ts'
import {startServer} from '../helpers/server.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const section = /^## The client\n(.*?)^## /ms.exec(readme)![1]!
const blocks = [...section.matchAll(/^```jsx?\n(.*?)^```$/gms)].map(([, code]) => code!)
const blockWith = (text: string) => blocks.find(block => block.includes(text))!

test.after.always(() => closeBrowser())

/** Opens a page that runs a sample of README. The page defines the variables that the sample needs. */
async function run(t: ExecutionContext, code: string, setup = '') {
  const given = `
    import {QueryClient} from '@tanstack/query-core'
    const given = JSON.parse(decodeURIComponent(location.hash.slice(1)))
    const getToken = () => given.token
    Object.assign(window, {...given, getToken, shown: [], boards: [], queryClient: new QueryClient()})
    window.show = (...words) => shown.push(words.join(' '))
    window.render = board => boards.push(board)
    window.fetchBoard = async id => {
      const headers = {authorization: 'Bearer ' + given.token}
      return (await fetch(server + '/api/v1/sprints/' + id + '/board', {headers})).json()
    }
    ${setup}
  `
  const pages = await servePages("import 'given'; import 'example'", {given, example: code})
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

test('README: the stream example shows its status and a live event', async t => {
  const {bob, task, open, shown, waitUntilShown} = await run(t, blockWith('const stream = openTaskStream'))
  await open()
  await waitUntilShown('live')
  await bob.put(`/tasks/${task.id}/ownership`)
  await waitUntilShown('ownership_taken now')
  t.deepEqual(await shown(), ['live', 'ownership_taken now'])
})

test('README: the keepBoard example renders the board and rolls back a rejected change', async t => {
  const {bob, task, page, open, waitUntilShown} = await run(t, blockWith('const kept = keepBoard'))
  await bob.put(`/tasks/${task.id}/ownership`)
  await open()
  await waitUntilShown('task-already-owned Bob')
  await page.waitForFunction('boards.length > 0')
  t.is(await page.evaluate('boards.at(-1).stories[0].tasks[0].status'), 'owned')
})

test('README: the React hooks render a board and the last event', async t => {
  const show = `
    import {createRoot} from 'react-dom/client'
    createRoot(document.body.appendChild(document.createElement('div'))).render(
      <><Sprint sprintId={window.sprintId} /><Ticker /></>,
    )
  `
  const {bob, story, page, open} = await run(t, `${blockWith('useBoard')}\n${show}`)
  await open()
  await page.getByText('all quiet').waitFor()
  await page.getByRole('button', {name: 'Fill the tank: available'}).click()
  await page.getByText('Fill the tank: owned').waitFor()
  await page.getByText('ownership_taken').waitFor()
  await bob.post(`/stories/${story.id}/tasks`, {title: 'Count down'})
  await page.getByText('Count down: available').waitFor()
  t.pass()
})

test('README: the query cache is updated by the stream', async t => {
  // A stream without a cursor starts at the head of the log, so the change must be made after stream.ready.
  const showWhenReady = `
    const NativeEventSource = EventSource
    window.EventSource = class extends NativeEventSource {
      constructor(...args) {
        super(...args)
        this.addEventListener('message', ({data}) => show(JSON.parse(data).type))
      }
    }
  `
  const {bob, task, sprint, page, open, waitUntilShown} = await run(
    t,
    blockWith('updateQueries'),
    showWhenReady,
  )
  await open()
  await waitUntilShown('Sprint 1')
  const status = `queryClient.getQueryData(['boards', '${sprint.id}']).stories[0].tasks[0].status`
  await waitUntilShown('stream.ready')
  await bob.put(`/tasks/${task.id}/ownership`)
  await page.waitForFunction(`${status} === 'owned'`)
  t.is(await page.evaluate(status), 'owned')
})

// Each row of the table in README's section “The client” is covered by a test. For each row, this list contains the
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
  ['400, 403, 404', 'client/strategy', 'after an invalid request the client reports'],
  ['silence', 'client/strategy', 'after 2.5 heartbeats of silence'],
  ['the machine wakes from sleep', 'browser/client', 'after a laptop slept, the page is live again'],
  ['the network is back', 'browser/client', 'makes a waiting client reconnect immediately'],
  ['the network is gone', 'browser/client', 'after being offline, a page receives'],
  ['`stream.reset`', 'client/strategy', 'after stream.reset the current board is fetched'],
  ['the stream breaks between', 'client/strategy', 'breaks before its reset arrives'],
  ['the page is left', 'browser/client', 'comes back from the bfcache'],
  ['the tab with the connection', 'browser/client', 'when the leader is closed, another tab takes over'],
]

test('README: every row of the client’s strategy table is covered by a test', t => {
  const rows = [...section.matchAll(/^\| (.*?) \| .* \|$/gm)].map(([, what]) => what!).slice(1)
  t.is(rows.length, coveredBy.length)
  for (const [index, [row, file, title]] of coveredBy.entries()) {
    t.true(rows[index]!.startsWith(row), `Expected the row “${row}”, found “${rows[index]}”`)
    const tests = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8')
    t.true(tests.includes(title), `${file}.test.ts has no test whose title contains “${title}”`)
  }
})
