// README's client section runs as it is written: in Chromium, against a whole server.
import {readFileSync} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import {closeBrowser, openBrowser, servePages, test} from '../helpers/browser.ts'
import {startServer} from '../helpers/server.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const section = /^## The client\n(.*?)^## /ms.exec(readme)![1]!
const blocks = [...section.matchAll(/^```jsx?\n(.*?)^```$/gms)].map(([, code]) => code!)
const blockWith = (text: string) => blocks.find(block => block.includes(text))!

test.after.always(() => closeBrowser())

/** A page in which the code has run, with the names that README takes for granted. */
async function run(t: ExecutionContext, code: string, before = '') {
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
    ${before}
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
  const isShown = async (words: string) => {
    for (let waited = 0; !(await shown()).includes(words); waited += 50) {
      if (waited > 20_000) throw new Error(`Never shown: ${words}; but ${await shown()}`)
      await delay(50)
    }
  }
  return {...team, page, open, shown, isShown}
}

test('README: a stream in ten lines', async t => {
  const {bob, task, open, shown, isShown} = await run(t, blockWith('const stream = openTaskStream'))
  await open()
  await isShown('live')
  await bob.put(`/tasks/${task.id}/ownership`)
  await isShown('ownership_taken now')
  t.deepEqual(await shown(), ['live', 'ownership_taken now'])
})

test('README: a kept board, and a change that is refused', async t => {
  const {bob, task, page, open, isShown} = await run(t, blockWith('const kept = keepBoard'))
  await bob.put(`/tasks/${task.id}/ownership`)
  await open()
  await isShown('task-already-owned Bob')
  await page.waitForFunction('boards.length > 0')
  t.is(await page.evaluate('boards.at(-1).stories[0].tasks[0].status'), 'owned')
})

test('README: the hooks', async t => {
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

test('README: a cache of queries that follows', async t => {
  const {bob, task, sprint, page, open, isShown} = await run(t, blockWith('updateQueries'))
  await open()
  await isShown('Sprint 1')
  const status = `queryClient.getQueryData(['boards', '${sprint.id}']).stories[0].tasks[0].status`
  await delay(500) // a stream without a cursor begins when it is open
  await bob.put(`/tasks/${task.id}/ownership`)
  await page.waitForFunction(`${status} === 'owned'`)
  t.is(await page.evaluate(status), 'owned')
})

// What shows each row of the table: the file and words of a test's title.
const shownBy: [row: string, file: string, title: string][] = [
  ['the stream ends', 'client/strategy', 'a stream that ends is opened again'],
  ['`stream.drain`', 'client/strategy', 'after stream.drain it moves over'],
  ['`stream.unavailable`', 'client/strategy', 'stream.unavailable: it comes back'],
  ['no connection', 'client/strategy', 'a server that cannot be reached'],
  ['401', 'client/strategy', '401 in the middle'],
  ['`EventSource` was refused', 'client/strategy', '5xx is tried again with backoff, as what it is'],
  ['400, 403, 404', 'client/strategy', 'a request that is wrong'],
  ['silence', 'client/strategy', 'silence for 2.5 heartbeats'],
  ['the machine slept', 'browser/client', 'a laptop that slept is live again'],
  ['the network is back', 'browser/client', 'cuts a wait short'],
  ['the network is gone', 'browser/client', 'offline and back'],
  ['`stream.reset`', 'client/strategy', 'stream.reset: the fresh board is fetched first'],
  ['it breaks between', 'client/strategy', 'breaks before its reset has arrived'],
  ['the page is left', 'browser/client', 'comes back from the bfcache'],
  ['the tab with the connection', 'browser/client', 'when the leader is closed another takes over'],
]

test('README: each row of the strategy has a test that shows it', t => {
  const rows = [...section.matchAll(/^\| (.*?) \| .* \|$/gm)].map(([, what]) => what!).slice(1)
  t.is(rows.length, shownBy.length)
  for (const [index, [row, file, title]] of shownBy.entries()) {
    t.true(rows[index]!.startsWith(row), `${rows[index]} is not ${row}`)
    const tests = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8')
    t.true(tests.includes(title), `no test in ${file} is called ${title}`)
  }
})
