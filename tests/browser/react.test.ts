// Tests the hooks in a real browser, under StrictMode, which mounts every component twice.
import {setTimeout as delay} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import type {Page} from 'playwright-core'
import {Api} from '../../src/client/api.ts'
import {verdictPlaceOf} from '../../src/client/verdicts.ts'
import {closeBrowser, openBrowser, type Pages, servePages, test} from '../helpers/browser.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let pages: Pages
let server: Server

const script = `
  import {StrictMode, useState} from 'react'
  import {flushSync} from 'react-dom'
  import {createRoot} from 'react-dom/client'
  import {useBacklog, useBoard, useTaskEvents} from '../../src/client/react.ts'

  Object.assign(window, {renders: 0, log: []})

  function Watcher({options, readsLast, readsTransport, name}) {
    const [count, setCount] = useState(0)
    window.renderAgain = () => setCount(count + 1)
    window.renders++
    const events = useTaskEvents({
      ...options,
      getToken: () => options.token,
      onEvent: event => log.push([name, count, event.type]),
      onConnect: () => log.push([name, count, 'connect']),
      onDisconnect: () => log.push([name, count, 'disconnect']),
      onError: error => log.push([name, count, String(error)]),
    })
    return <p id={name}>{events.status} {readsLast && events.lastEvent?.type} {readsTransport && events.transport}</p>
  }

  function Board({options, sprintId}) {
    window.renders++
    const live = useBoard(sprintId, {...options, getToken: () => options.token})
    Object.assign(window, {live, acts: [...(window.acts ?? []), live.take]})
    const tasks = live.board?.stories.flatMap(({tasks}) => tasks) ?? []
    return <p id="board">{live.status} {live.board?.sprint.name} {tasks.map(task => task.title + ':' + task.status).join()}</p>
  }

  function Backlog({options, projectId}) {
    const live = useBacklog(projectId, {...options, getToken: () => options.token})
    Object.assign(window, {live})
    const tasks = live.board?.stories.flatMap(({tasks}) => tasks) ?? []
    return <p id="backlog">{live.status} {live.board?.project.name} {tasks.map(task => task.title + ':' + task.status).join()}</p>
  }

  let root
  const components = {Watcher, Board, Backlog}
  window.show = (name, props) => {
    root ??= createRoot(document.body.appendChild(document.createElement('div')))
    const Component = components[name]
    flushSync(() => root.render(<StrictMode>{name && <Component {...props} />}</StrictMode>))
  }
`

test.before(async () => {
  pages = await servePages(script)
  server = await startServer({
    corsOrigins: [pages.url],
    live: {heartbeatSeconds: 5, limits: {pollIntervalMs: 50}},
  })
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
  await pages?.close()
})

// The tests are serial, because the server counts the streams of all organizations.
test.beforeEach(() => until(() => server.live.stats().streams === 0))
let organizations = 0

async function open(t: ExecutionContext) {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const context = await openBrowser(t)
  const page = await context.newPage()
  await page.goto(pages.url)
  const show = (name: string | undefined, props: object = {}) =>
    page.evaluate(`show(${JSON.stringify(name)}, ${JSON.stringify(props)})`)
  const {streams: before} = server.live.stats()
  return {
    ...team,
    page,
    show,
    options: {url: server.url, token},
    streams: () => server.live.stats().streams - before,
  }
}

const textOf = (page: Page, id: string, text: string) =>
  page.waitForFunction(`document.getElementById('${id}')?.textContent.trim() === ${JSON.stringify(text)}`)
const rendersOf = (page: Page) => page.evaluate('renders') as Promise<number>
const logOf = (page: Page) => page.evaluate('log') as Promise<[string, number, string][]>

for (const share of [true, false]) {
  test.serial(
    `useTaskEvents under StrictMode opens one stream and receives each event once (share: ${share})`,
    async t => {
      const {ada, task, page, show, options, streams} = await open(t)
      await show('Watcher', {options: {...options, share}, name: 'one', readsLast: true})
      await textOf(page, 'one', 'live')
      await until(() => streams() === 1)
      await ada.put(`/tasks/${task.id}/ownership`)
      await textOf(page, 'one', 'live ownership_taken')
      t.deepEqual(await logOf(page), [
        ['one', 0, 'connect'],
        ['one', 0, 'ownership_taken'],
      ])
      await show(undefined)
      await until(() => streams() === 0)
    },
  )
}

test.serial(
  'when callbacks change at every render, the stream stays open and the latest callbacks are called',
  async t => {
    const {ada, task, page, show, options, streams} = await open(t)
    await show('Watcher', {options: {...options, share: false}, name: 'one'})
    await textOf(page, 'one', 'live')
    for (let render = 0; render < 3; render++) {
      await page.evaluate('renderAgain()')
      await delay(50)
    }
    await ada.put(`/tasks/${task.id}/ownership`)
    await until(async () => (await logOf(page)).length === 2)
    t.deepEqual(await logOf(page), [
      ['one', 0, 'connect'],
      ['one', 3, 'ownership_taken'],
    ])
    await until(() => streams() === 1)
    t.pass()
  },
)

test.serial('a component that ignores lastEvent is not rendered again when an event arrives', async t => {
  const {ada, task, page, show, options} = await open(t)
  await show('Watcher', {options, name: 'one'})
  await textOf(page, 'one', 'live')
  const before = await rendersOf(page)
  for (let change = 0; change < 5; change++) await ada.patch(`/tasks/${task.id}`, {title: `Title ${change}`})
  await until(async () => (await logOf(page)).length === 6)
  t.is(await rendersOf(page), before)
})

test.serial(
  'when long polls end, a component that shows the transport is rendered again at once',
  async t => {
    const {ada, task, page, show, options} = await open(t)
    const key = verdictPlaceOf(new Api({url: options.url})).key
    await page.evaluate(`localStorage.setItem('${key}', 'poll ' + (Date.now() + 60_000))`)
    await show('Watcher', {options, name: 'one', readsTransport: true})
    await page.waitForFunction("/live.*poll/.test(document.getElementById('one')?.textContent)")
    await page.evaluate('{const now = Date.now; Date.now = () => now() + 60_000}')
    const status = () => page.evaluate('document.getElementById("one").textContent') as Promise<string>
    // Each event answers a poll. After the verdict has ended, the client tries a stream, and then changes back.
    await until(async () => {
      await ada.patch(`/tasks/${task.id}`, {title: `Title ${Math.random()}`})
      return (await status()).includes('stream')
    })
    const log = await logOf(page)
    t.is(log.filter(([, , what]) => what === 'connect').length, 1, 'the status was live all the time')
  },
)

test.serial(
  'when the selection changes, the hook opens a new stream and closes the old one; a disabled hook closes its stream',
  async t => {
    const {ada, task, sprint, page, show, options, streams} = await open(t)
    await show('Watcher', {
      options: {...options, share: false, selection: {types: ['task.deleted']}},
      name: 'one',
    })
    await textOf(page, 'one', 'live')
    await show('Watcher', {
      options: {...options, share: false, selection: {sprintId: sprint.id}},
      name: 'one',
    })
    await until(async () => (await logOf(page)).filter(([, , what]) => what === 'connect').length === 2)
    await ada.put(`/tasks/${task.id}/ownership`)
    await until(async () => (await logOf(page)).some(([, , what]) => what === 'ownership_taken'))
    await until(() => streams() === 1)
    await show('Watcher', {options: {...options, share: false, enabled: false}, name: 'one'})
    await until(() => streams() === 0)
    await textOf(page, 'one', 'connecting')
    t.pass()
  },
)

test.serial(
  'useBoard under StrictMode shows the board and the member’s own changes, and rolls back rejected changes',
  async t => {
    const {bob, task, sprint, page, show, options, streams} = await open(t)
    await show('Board', {options, sprintId: sprint.id})
    await textOf(page, 'board', `live Sprint 1 ${task.title}:available`)
    await until(() => streams() === 1)
    await page.waitForFunction('live.me')
    await page.evaluate(`live.take('${task.id}')`)
    await textOf(page, 'board', `live Sprint 1 ${task.title}:owned`)
    await page.evaluate(`live.setStatus('${task.id}', 'in_progress')`)
    await textOf(page, 'board', `live Sprint 1 ${task.title}:in_progress`)
    await page.evaluate(`live.release('${task.id}')`)
    await bob.put(`/tasks/${task.id}/ownership`)
    await textOf(page, 'board', `live Sprint 1 ${task.title}:owned`)
    const reason = await page.evaluate(
      `live.take('${task.id}').catch(({code, data}) => code + ' ' + data.owner_name)`,
    )
    t.is(reason, 'task-already-owned Bob')
    t.true(
      await page.evaluate('acts.every(take => take === acts[0])'),
      'the functions stay the same across renders',
    )
  },
)

test.serial(
  'when the sprint changes, useBoard shows only the new board; without a sprint, useBoard opens no stream',
  async t => {
    const {ada, task, sprint, project, page, show, options, streams} = await open(t)
    const {body: second} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'})
    await show('Board', {options: {...options, share: false}, sprintId: sprint.id})
    await textOf(page, 'board', `live Sprint 1 ${task.title}:available`)
    await show('Board', {options: {...options, share: false}, sprintId: second.id})
    t.false((await page.textContent('#board'))!.includes('Sprint 1'))
    await textOf(page, 'board', 'live Sprint 2')
    await until(() => streams() === 1)
    await show('Board', {options})
    await textOf(page, 'board', 'connecting')
    await until(() => streams() === 0)
    const refused = await page.evaluate("live.take('x').catch(({message}) => message)")
    t.regex(String(refused), /no board/)
  },
)

test.serial('useBacklog shows the tasks without a sprint, and the member’s own change', async t => {
  const {ada, project, story, task, page, show, options} = await open(t)
  await show('Backlog', {options, projectId: project.id})
  await textOf(page, 'backlog', `live ${project.name}`)
  await ada.patch(`/stories/${story.id}`, {sprint_id: null})
  await textOf(page, 'backlog', `live ${project.name} ${task.title}:available`)
  t.like(await page.evaluate(`live.take('${task.id}')`), {status: 'owned'})
  await textOf(page, 'backlog', `live ${project.name} ${task.title}:owned`)
})
