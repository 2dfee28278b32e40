// The client in a real browser: over EventSource, with tabs, sleep and the back-forward cache.
import {setTimeout as delay} from 'node:timers/promises'
import type {Page} from 'playwright-core'
import {closeBrowser, openBrowser, type Pages, servePages, test} from '../helpers/browser.ts'
import {type Server, startServer} from '../helpers/server.ts'

let pages: Pages
let server: Server

// What a page of ours can do: the test calls it by these names.
const script = `
  import {openTaskStream} from '../../src/client/client.ts'
  window.open = options => {
    window.seen = []
    window.statuses = []
    window.errors = []
    window.stream = openTaskStream({
      ...options,
      getToken: () => options.token,
      onEvent: (event, place) => seen.push({...event, ...place}),
      onStatus: status => statuses.push(status),
      onError: error => errors.push(String(error)),
    })
  }
`

test.before(async () => {
  pages = await servePages(script)
  server = await startServer({
    corsOrigins: [pages.url],
    live: {heartbeatSeconds: 1, limits: {pollInterval: 50}},
  })
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
  await pages?.close()
})

let organizations = 0

async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  return {...team, options: {url: server.url, token, selection: {sprintId: team.sprint.id}}}
}

async function openStream(page: Page, options: object): Promise<void> {
  await page.goto(pages.url)
  await page.evaluate(`window.open(${JSON.stringify(options)})`)
}

const isLive = (page: Page) => page.waitForFunction('stream.isConnected')
const seenBy = (page: Page) => page.evaluate('seen.map(({cursor}) => cursor)') as Promise<string[]>

/** Titles each task, one after another; answers the cursors of the changes. */
async function change(team: Awaited<ReturnType<typeof newTeam>>, times: number): Promise<string[]> {
  const cursors: string[] = []
  for (let time = 0; time < times; time++) {
    const {headers} = await team.ada.patch(`/tasks/${team.task.id}`, {title: `Title ${Math.random()}`})
    cursors.push(headers.get('event-id')!)
  }
  return cursors
}

async function until(condition: () => unknown): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 50) {
    if (waited > 30_000) throw new Error(`Waited in vain for ${condition}`)
    await delay(50)
  }
}

test('a page over EventSource goes live and sees each event once', async t => {
  const context = await openBrowser(t)
  const team = await newTeam()
  const page = await context.newPage()
  await openStream(page, {...team.options, share: false})
  await isLive(page)
  const expected = await change(team, 5)
  await until(async () => (await seenBy(page)).length >= 5)
  t.deepEqual(await seenBy(page), expected)
  t.deepEqual(await page.evaluate('statuses'), ['live'])
})

test('ten tabs share one connection; when the leader is closed another takes over, and nothing is lost or doubled', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const team = await newTeam()
  const before = server.live.stats().streams
  const tabs: Page[] = []
  for (let tab = 0; tab < 10; tab++) {
    const page = await context.newPage()
    await openStream(page, team.options)
    tabs.push(page)
  }
  for (const page of tabs) await isLive(page)
  t.is(server.live.stats().streams - before, 1)
  t.log(`ten tabs: the server counts ${server.live.stats().streams - before} stream`)

  const expected = await change(team, 5)
  // The first is the leader. Changes go on while it is closed and after.
  const [changed] = await Promise.all([change(team, 20), tabs.shift()!.close()])
  expected.push(...changed, ...(await change(team, 5)))
  for (const page of tabs) {
    await until(async () => (await seenBy(page)).length >= expected.length)
    t.deepEqual(await seenBy(page), expected)
    t.true(await page.evaluate('stream.isConnected'))
  }
  t.is(server.live.stats().streams - before, 1)
})
