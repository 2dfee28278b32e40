// Tests the client in a real browser: EventSource, several tabs, sleep and the back-forward cache.
import type {Page} from 'playwright-core'
import {closeBrowser, openBrowser, type Pages, servePages, test} from '../helpers/browser.ts'
import {startFaultProxy} from '../helpers/fault-proxy.ts'
import {
  type Answer,
  answerPoll,
  cursor,
  frame,
  live,
  silence,
  startScriptedServer,
  stream,
} from '../helpers/scripted-server.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {startTamperingProxy} from '../helpers/tampering-proxy.ts'
import {until} from '../helpers/until.ts'

let pages: Pages
let server: Server

// The functions that the tests call in the page.
const script = `
  import {openTaskStream} from '../../src/client/client.ts'
  window.addEventListener('pageshow', ({persisted}) => window.report?.({shown: persisted}))
  window.open = options => {
    window.seen = []
    window.presence = []
    window.statuses = []
    window.errors = []
    window.stream = openTaskStream({
      ...options,
      getToken: () => options.token,
      onEvent: (event, place) => {
        seen.push({...event, ...place})
        window.report?.({seen: place.cursor})
      },
      ...(options.hasPresence && {onPresence: event => presence.push(event)}),
      onStatus: status => statuses.push(status),
      onError: error => errors.push(String(error)),
    })
  }
`

test.before(async () => {
  pages = await servePages(script)
  server = await startServer({
    corsOrigins: [pages.url],
    live: {heartbeatSeconds: 1, limits: {pollIntervalMs: 50}},
  })
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
  await pages?.close()
})

// The tests are serial, because some tests check the number of all streams on the server.
test.beforeEach(() => until(() => server.live.stats().streams === 0))
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

/** Renames the task as many times as `times` says. Returns the cursors of the changes. */
async function change(team: Awaited<ReturnType<typeof newTeam>>, times: number): Promise<string[]> {
  const cursors: string[] = []
  for (let time = 0; time < times; time++) {
    const {headers} = await team.ada.patch(`/tasks/${team.task.id}`, {title: `Title ${Math.random()}`})
    cursors.push(headers.get('event-id')!)
  }
  return cursors
}

test.serial('a page with an EventSource becomes live and receives each event once', async t => {
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

test.serial(
  'a tab without a sprint does not take the presence from the tabs of boards, which share one connection',
  async t => {
    const context = await openBrowser(t)
    const team = await newTeam()
    const {body: other} = await team.ada.post(`/projects/${team.project.id}/sprints`, {name: 'Other'})
    const before = server.live.stats().streams
    const optionsOf = (sprintId: string) => ({...team.options, hasPresence: true, selection: {sprintId}})
    const all = [
      {...team.options, selection: {}},
      optionsOf(team.sprint.id),
      optionsOf(other.id),
      {...team.options, hasPresence: true, selection: {}}, // without a sprint, there is no presence
    ]
    const tabs: Page[] = []
    for (const options of all) {
      const page = await context.newPage()
      await openStream(page, options)
      await isLive(page)
      tabs.push(page)
    }
    for (const [index, id] of [team.sprint.id, other.id].entries()) {
      const isShown = `presence.some(event => event.sprint_id === '${id}' && event.members?.length === 1)`
      await tabs[index + 1]!.waitForFunction(isShown)
    }
    await until(() => server.live.stats().streams - before === 2)
    t.deepEqual(await tabs[0]!.evaluate('presence'), [])
  },
)

test.serial(
  'ten tabs share one connection; when the leader is closed, another tab takes over without losing or repeating events',
  async t => {
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
    await until(() => server.live.stats().streams - before === 1)
    t.log(`ten tabs: the server counts ${server.live.stats().streams - before} stream`)

    const expected = await change(team, 5)
    // The first tab is the leader. The task changes while the leader closes, and again after the leader has closed.
    const [changed] = await Promise.all([change(team, 20), tabs.shift()!.close()])
    expected.push(...changed, ...(await change(team, 5)))
    for (const page of tabs) {
      await until(async () => (await seenBy(page)).length >= expected.length)
      t.deepEqual(await seenBy(page), expected)
      t.true(await page.evaluate('stream.isConnected'))
      t.false(
        await page.evaluate("statuses.includes('connecting')"),
        'the status of a tab does not return to connecting',
      )
    }
    await until(() => server.live.stats().streams - before === 1)
  },
)

test.serial(
  'each tab receives every event once while tabs open and close at random and connections break',
  async t => {
    t.timeout(180_000)
    const context = await openBrowser(t)
    const team = await newTeam()
    const proxy = await startFaultProxy(server.url)
    t.teardown(() => proxy.close())
    const tabs: {page: Page; from: number}[] = []
    const log: string[] = []
    let opened = 0
    const steps = {
      async open() {
        if (tabs.length === 6) return
        const page = await context.newPage()
        const {headers} = await team.ada.get('/projects')
        const tab = {page, from: log.length}
        await openStream(page, {...team.options, url: proxy.url, cursor: headers.get('event-id')!})
        tabs.push(tab)
        opened++
      },
      async close() {
        if (tabs.length > 2) await tabs.splice(Math.floor(Math.random() * tabs.length), 1)[0]!.page.close()
      },
      async reload() {
        const tab = tabs[0] // This tab is the oldest tab, and is therefore often the leader.
        if (!tab) return
        const {headers} = await team.ada.get('/projects')
        tab.from = log.length
        await openStream(tab.page, {...team.options, url: proxy.url, cursor: headers.get('event-id')!})
      },
      async cut() {
        proxy.cut()
      },
      async change() {
        log.push(...(await change(team, 5)))
      },
    }
    const names = Object.keys(steps) as (keyof typeof steps)[]
    await steps.open()
    for (let step = 0; step < 60; step++) {
      await steps[step % 2 ? 'change' : names[Math.floor(Math.random() * names.length)]!]()
    }
    for (const {page, from} of tabs) {
      const expected = log.slice(from)
      await until(async () => (await seenBy(page)).length >= expected.length)
      t.deepEqual(await seenBy(page), expected)
    }
    t.log(
      `${opened} tabs opened, ${proxy.streams} connections, ${log.length} events: none lost, none repeated`,
    )
  },
)

test.serial(
  'tabs of different sprints share one connection, and each tab receives the events of its own sprint',
  async t => {
    const context = await openBrowser(t)
    const team = await newTeam()
    const before = server.live.stats().streams
    const tabs: {page: Page; task: string}[] = []
    for (const name of ['One', 'Two', 'Three']) {
      const {body: sprint} = await team.ada.post(`/projects/${team.project.id}/sprints`, {name})
      const newStory = {title: name, sprint_id: sprint.id}
      const {body: story} = await team.ada.post(`/projects/${team.project.id}/stories`, newStory)
      const {body: task} = await team.ada.post(`/stories/${story.id}/tasks`, {title: name})
      const {headers} = await team.ada.get(`/sprints/${sprint.id}/board`)
      const page = await context.newPage()
      const cursor = headers.get('event-id')!
      await openStream(page, {...team.options, cursor, selection: {sprintId: sprint.id}})
      tabs.push({page, task: task.id})
    }
    for (const {page} of tabs) await isLive(page)
    await until(() => server.live.stats().streams - before === 1)
    let last = ''
    for (const {task} of [...tabs, ...tabs.toReversed()]) {
      const {headers} = await team.ada.patch(`/tasks/${task}`, {title: `Title ${Math.random()}`})
      last = headers.get('event-id')!
    }
    for (const {page, task} of tabs) {
      await page.waitForFunction(`stream.cursor === ${JSON.stringify(last)}`)
      const tasks = (await page.evaluate('seen.map(event => event.task_id)')) as string[]
      t.deepEqual(tasks, [task, task])
    }
  },
)

test.serial('two tabs whose members belong to different organizations share no connection', async t => {
  const context = await openBrowser(t)
  const [team, others] = [await newTeam(), await newTeam()]
  const before = server.live.stats().streams
  const [ours, theirs] = [await context.newPage(), await context.newPage()]
  await openStream(ours, {...team.options, selection: {}})
  await openStream(theirs, {...others.options, selection: {}})
  await isLive(ours)
  await isLive(theirs)
  await until(() => server.live.stats().streams - before === 2)
  const expected = await change(team, 2)
  await until(async () => (await seenBy(ours)).length >= 2)
  t.deepEqual(await seenBy(ours), expected)
  t.deepEqual(await seenBy(theirs), [])
})

test.serial(
  'when a tab opens with an earlier cursor than the leader, both tabs receive every event once',
  async t => {
    const context = await openBrowser(t)
    const team = await newTeam()
    const first = await context.newPage()
    const {headers} = await team.ada.get('/projects')
    const start = headers.get('event-id')!
    await openStream(first, {...team.options, cursor: start})
    await isLive(first)
    const expected = await change(team, 5)
    const second = await context.newPage()
    await openStream(second, {...team.options, cursor: start})
    await isLive(second)
    expected.push(...(await change(team, 2)))
    for (const page of [first, second]) {
      await until(async () => (await seenBy(page)).length >= expected.length)
      t.deepEqual(await seenBy(page), expected)
    }
    t.deepEqual(
      await first.evaluate('statuses'),
      ['live'],
      'the reconnect of the leader does not change its status',
    )
  },
)

test.serial('a follower replaces a leader that hangs, and the old leader becomes a follower', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const team = await newTeam()
  const [leader, ...followers] = [await context.newPage(), await context.newPage(), await context.newPage()]
  for (const page of [leader!, ...followers]) {
    await openStream(page, team.options)
    await isLive(page)
  }
  const hanging = leader!.evaluate('{const end = Date.now() + 8_000; while (Date.now() < end);}')
  const expected = await change(team, 3)
  for (const page of followers) await until(async () => (await seenBy(page)).length >= 3)
  await hanging
  expected.push(...(await change(team, 3)))
  for (const page of [leader!, ...followers]) {
    await until(async () => (await seenBy(page)).length >= 6)
    t.deepEqual(await seenBy(page), expected)
  }
})

test.serial('when a hidden leader does not reconnect, a visible tab replaces the leader', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const team = await newTeam()
  const proxy = await startFaultProxy(server.url)
  t.teardown(() => proxy.close())
  const [leader, follower] = [await context.newPage(), await context.newPage()]
  for (const page of [leader, follower]) {
    await openStream(page, {...team.options, url: proxy.url})
    await isLive(page)
  }
  await leader.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
  await leader.route('**/api/**', route => route.abort())
  const expected = await change(team, 1)
  await until(async () => (await seenBy(follower)).length === 1)
  proxy.cut()
  await follower.waitForFunction("statuses.includes('reconnecting')")
  expected.push(...(await change(team, 2)))
  for (const page of [follower, leader]) {
    await until(async () => (await seenBy(page)).length >= 3)
    t.deepEqual(await seenBy(page), expected)
  }
})

test.serial(
  'after being offline, a page receives all missed events; while the network was gone, the status was offline',
  async t => {
    t.timeout(120_000)
    const context = await openBrowser(t)
    const team = await newTeam()
    const page = await context.newPage()
    await openStream(page, team.options)
    await isLive(page)
    await context.setOffline(true)
    await page.waitForFunction("stream.status === 'offline'")
    const expected = await change(team, 3)
    await context.setOffline(false)
    await isLive(page)
    await until(async () => (await seenBy(page)).length >= 3)
    t.deepEqual(await seenBy(page), expected)
    t.deepEqual(await page.evaluate('statuses'), ['live', 'offline', 'live'])
  },
)

test.serial(
  'after a laptop slept, the page is live again without waiting for a heartbeat on the dead connection',
  async t => {
    const context = await openBrowser(t)
    const org = `org-${++organizations}`
    const drowsy = await startServer({corsOrigins: [pages.url]}) // 15 s between heartbeats
    // The proxy forwards the response head and the first events. The proxy delays all later bytes, and does
    // not forward them before the end of this test.
    const proxy = await startFaultProxy(drowsy.url, [{kind: 'stall', at: 1_500}], 600_000)
    t.teardown(async () => {
      await proxy.close()
      await drowsy.close()
    })
    const {ada, task} = await drowsy.team(org)
    const token = await drowsy.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
    const page = await context.newPage()
    await page.clock.install()
    await openStream(page, {url: proxy.url, token, share: false})
    await isLive(page)
    const expected: string[] = []
    for (let time = 0; time < 3; time++) {
      const {headers} = await ada.patch(`/tasks/${task.id}`, {title: `Title ${time}`})
      expected.push(headers.get('event-id')!)
    }
    t.true((await seenBy(page)).length < 3)
    // Simulates a laptop that stays closed for an hour.
    await page.clock.fastForward(3_600_000)
    await until(async () => (await seenBy(page)).length >= 3)
    t.deepEqual(await seenBy(page), expected)
    t.is(proxy.streams, 2)
  },
)

test.serial(
  'behind a proxy that holds streams back, two tabs share the long polls of one tab, and a later tab starts with long polls',
  async t => {
    const context = await openBrowser(t)
    const polls = [answerPoll(1), answerPoll(1), answerPoll(2, 1)]
    const answer: Answer = (res, req) => {
      const isPoll = req.headers.accept === 'application/json'
      const next = isPoll ? (polls.shift() ?? silence) : live(1)
      next(res, req)
    }
    const scripted = await startScriptedServer([answer])
    t.teardown(() => scripted.close())
    const {url} = await startTamperingProxy(t, scripted.url, {holdsStreams: true})
    const tabs = [await context.newPage(), await context.newPage()]
    for (const page of tabs) await openStream(page, {url, cursor: cursor(1)})
    for (const page of tabs) {
      await page.waitForFunction('seen.length === 1')
      t.deepEqual(await seenBy(page), [cursor(2)])
      t.deepEqual(await page.evaluate('[stream.transport, statuses, errors]'), ['poll', ['live'], []])
    }
    const kinds = scripted.streams.map(({isPoll}) => (isPoll ? 'poll' : 'stream'))
    t.deepEqual(kinds.slice(0, 3), ['stream', 'stream', 'poll'])
    t.false(kinds.slice(3).includes('stream'))

    // The next poll of the first tabs must not receive the answer for the later tab.
    await until(() => scripted.streams.filter(({isPoll}) => isPoll).length === 4)
    polls.push(answerPoll(2))
    const later = await context.newPage()
    await openStream(later, {url, cursor: cursor(2), share: false})
    await isLive(later)
    t.is(await later.evaluate('stream.transport'), 'poll')
    t.is(scripted.streams.filter(({isPoll}) => !isPoll).length, 2)
  },
)

/** A script that counts in `ends` how often the connection of an EventSource has ended. */
const countEnds = `
  window.ends = 0
  window.EventSource = class extends EventSource {
    constructor(...options) {
      super(...options)
      this.addEventListener('error', () => ends++)
    }
  }
`

for (const [signal, dispatch] of Object.entries({
  online: "window.dispatchEvent(new Event('online'))",
  pageshow: "window.dispatchEvent(new Event('pageshow'))",
  visibilitychange: "document.dispatchEvent(new Event('visibilitychange'))",
  resume: "document.dispatchEvent(new Event('resume'))",
})) {
  test.serial(`the ${signal} event makes a waiting client reconnect immediately`, async t => {
    const context = await openBrowser(t)
    const busy = stream([frame.retry(3_600_000), frame.unavailable()], res => res.end())
    const scripted = await startScriptedServer([busy, live(1, frame.event(2))])
    t.teardown(() => scripted.close())
    const page = await context.newPage()
    await page.addInitScript(countEnds)
    await openStream(page, {url: scripted.url, share: false, cursor: cursor(1)})
    await page.waitForFunction('ends === 1')
    t.is(scripted.streams.length, 1)
    await page.evaluate(dispatch)
    await isLive(page)
    await until(async () => (await seenBy(page)).length === 1)
    t.is(scripted.streams.length, 2)
  })
}

test.serial(
  'when the user leaves a page, its stream closes; the stream resumes when the page comes back from the bfcache',
  async t => {
    t.timeout(120_000)
    const context = await openBrowser(t, 'whole')
    const team = await newTeam()
    const before = server.live.stats().streams
    const page = await context.newPage()
    await openStream(page, team.options)
    await isLive(page)
    // Playwright cannot access a page that the browser restores from the back-forward cache.
    // Therefore the page sends its reports to the test server.
    const mark = `mark-${Math.random()}`
    await page.evaluate(
      `window.report = what => {
        const body = JSON.stringify({...what, mark: '${mark}'})
        // The page sends one request at a time, so that the reports arrive in order.
        window.reported = Promise.resolve(window.reported).catch(() => {}).then(() => fetch('/report', {method: 'POST', body}))
      }`,
    )
    const reported = () => pages.reports.filter(report => report.mark === mark)
    const expected = await change(team, 2)
    await until(() => reported().length === 2)
    await page.goto(`${pages.url}/elsewhere`)
    await until(() => server.live.stats().streams === before)
    expected.push(...(await change(team, 3)))
    await page.evaluate('void history.back()').catch(() => {})
    await until(() => reported().some(({shown}) => shown === true))
    expected.push(...(await change(team, 1)))
    const seen = () => reported().flatMap(report => report.seen ?? [])
    await until(() => seen().length >= expected.length)
    t.deepEqual(seen(), expected)
    await until(() => server.live.stats().streams - before === 1)
  },
)
