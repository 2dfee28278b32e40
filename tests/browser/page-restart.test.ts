// Tests a page with an open board in two cases: the server is killed and restarted, or two servers restart one after
// the other.
import {extname} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {Page} from 'playwright-core'
import type {Board} from '../../src/board/board.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {startBalancer} from '../helpers/balancer.ts'
import {openWindow, untilInPage} from '../helpers/board-window.ts'
import {closeBrowser, test} from '../helpers/browser.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {openNetwork} from '../helpers/network.ts'
import {buildPage} from '../helpers/page.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {skipping} from '../helpers/skipping.ts'

const secret = 's'.repeat(32)
const files = await buildPage()
test.after.always(() => closeBrowser())

test.serial(
  'after the server is killed and restarted, the pages of two members show the current board, and one note on each page counts the missed changes',
  async t => {
    t.timeout(240_000)
    const env = {
      DATA_DIR: await createDataFolder(t),
      AUTH_JWT_SECRET: secret,
      LOG_LEVEL: 'info',
      HEARTBEAT_SECONDS: '1',
    }
    const first = await startProcess(env)
    const network = await openNetwork(first.url)
    t.teardown(async () => {
      await network.cut()
      await second?.end('SIGTERM')
    })
    let second: typeof first | undefined

    const eve = await callerOf(first.url, 'Eve')
    const project = await eve('POST', '/projects', {name: 'Rocket'})
    const sprint = await eve('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 1'})
    const story = await eve('POST', `/projects/${project.id}/stories`, {title: 'Orbit', sprint_id: sprint.id})
    const tasks: {id: string; title: string}[] = []
    for (const title of ['Fuel', 'Ignite', 'Count', 'Steer']) {
      tasks.push(await eve('POST', `/stories/${story.id}/tasks`, {title}))
    }

    const windows = []
    for (const name of ['Ada', 'Bob']) {
      const server = {url: network.url.replace(/\/$/, ''), tokenFor: () => tokenOf(name)}
      const who = {sub: name, org: 'rocket', name}
      windows.push(await openWindow(t, server, who, `/sprints/${sprint.id}`, serveFiles))
    }
    for (const {page} of windows) await recordStatuses(page)

    await network.cut()
    await first.end('SIGKILL')
    for (const {page} of windows) await page.locator('.connection[data-status=reconnecting]').waitFor()
    second = await startProcess({...env, PORT: new URL(first.url).port})
    for (const {id} of tasks.slice(0, 3)) await eve('PUT', `/tasks/${id}/ownership`)
    await eve('PUT', `/tasks/${tasks[0]!.id}/status`, {status: 'in_progress'})
    await network.mend()

    for (const {page, notes} of windows) {
      await page.locator('.connection[data-status=live]').waitFor({timeout: 60_000})
      // A note may disappear before the test looks for the note. Therefore the page records all notes, and
      // the test waits for a recorded note.
      await untilInPage(page, 'notes.length > 0')
      const board = await eve('GET', `/sprints/${sprint.id}/board`)
      t.deepEqual(await columnsShown(page), columnsOf(board))
      t.deepEqual(await page.evaluate('statuses'), ['live', 'reconnecting', 'live'])
      t.deepEqual(await notes(), ['4 changes while you were away: The board is up to date.'])
    }
  },
)

const testOnPostgres = hasPostgres ? test : skipping('Postgres', 'npm has not installed Postgres')

testOnPostgres.serial('during a rolling restart of two servers, the page shows every change', async t => {
  t.timeout(240_000)
  const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '1'}
  const servers = [await startProcess(env), await startProcess(env)]
  t.teardown(() => Promise.all(servers.map(server => server.end('SIGTERM'))))
  const balancer = await startBalancer(servers.map(({url}) => url))
  t.teardown(() => balancer.close())

  const eve = await callerOf(balancer.url, 'Eve')
  const project = await eve('POST', '/projects', {name: 'Rocket'})
  const sprint = await eve('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 1'})
  const story = await eve('POST', `/projects/${project.id}/stories`, {title: 'Orbit', sprint_id: sprint.id})
  const who = {sub: 'Ada', org: 'rocket', name: 'Ada'}
  const proxied = {url: balancer.url, tokenFor: () => tokenOf('Ada')}
  const {page, column} = await openWindow(t, proxied, who, `/sprints/${sprint.id}`, serveFiles)
  await recordStatuses(page)

  let tasks = 0
  for (const [index, {url, end}] of servers.entries()) {
    let isStopped = false
    const stopped = end('SIGTERM').finally(() => {
      isStopped = true
    })
    while (!isStopped) {
      await eve('POST', `/stories/${story.id}/tasks`, {title: `Task ${++tasks}`})
      await delay(20)
    }
    t.is(await stopped, 0)
    servers[index] = await startProcess({...env, PORT: new URL(url).port})
  }
  await eve('POST', `/stories/${story.id}/tasks`, {title: 'Last task'})
  await column('Available')
    .locator('.column-count')
    .getByText(`${tasks + 1}`, {exact: true})
    .waitFor()
  // On a busy machine, the page may need more than two seconds to reconnect. The status of the page then changes, so
  // the test does not assert the statuses.
  t.log(`statuses of the page: ${await page.evaluate('statuses')}`)
})

/** Serves the page that this test has built, because the server process may have no built page. */
async function serveFiles(page: Page): Promise<void> {
  await page.route(
    url => !url.pathname.startsWith('/api/'),
    async route => {
      const {pathname} = new URL(route.request().url())
      const {content} = files.assets.get(pathname.replace('/assets/', '')) ?? files.index
      await route.fulfill({body: content, contentType: contentTypes[extname(pathname)] ?? 'text/html'})
    },
  )
}

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

function tokenOf(name: string): Promise<string> {
  return mintToken({secret}, {subject: name, organization: 'rocket', role: 'member', name, lifetime: 3600})
}

/** Returns a function that calls the API as the given member. The function throws when the response is an error. */
async function callerOf(url: string, name: string) {
  const authorization = `Bearer ${await tokenOf(name)}`
  return async (method: string, path: string, body?: unknown): Promise<any> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {authorization, 'content-type': 'application/json'},
      ...(body !== undefined && {body: JSON.stringify(body)}),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
}

/** Starts to record the statuses of the connection badge. */
async function recordStatuses(page: Page): Promise<void> {
  await page.evaluate(`
    const badge = document.querySelector('.connection')
    window.statuses = [badge.dataset.status]
    new MutationObserver(() => {
      if (statuses.at(-1) !== badge.dataset.status) statuses.push(badge.dataset.status)
    }).observe(badge, {attributes: true})
  `)
}

type Columns = Record<string, [title: string, owner: string][]>

async function columnsShown(page: Page): Promise<Columns> {
  const columns: Columns = {}
  for (const card of await page.locator('[data-task]').all()) {
    const status = (await card.getAttribute('data-status'))!
    const owner = await card.locator('.card-owner-name').innerText()
    columns[status] = [...(columns[status] ?? []), [await card.locator('.card-title').innerText(), owner]]
  }
  return columns
}

/** Returns the columns that the page must show for a fetched board. */
function columnsOf({stories, members}: Board): Columns {
  const columns: Columns = {}
  for (const {title, status, owner_user_id} of stories.flatMap(({tasks}) => tasks)) {
    const owner = members.find(({id}) => id === owner_user_id)?.name ?? 'No owner'
    columns[status] = [...(columns[status] ?? []), [title, owner]]
  }
  return columns
}
