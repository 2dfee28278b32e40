/**
 * Measures the board page in Chromium: how soon a change appears in the window of another member, how smooth the page
 * stays during many changes, and how long the viewer's own actions occupy the main thread on a large board.
 */
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {Browser, CDPSession, Page} from 'playwright-core'
import {launchChromium} from '../../helpers/chromium.ts'
import {createSprint, type LargeSprint, mintTokens, send} from '../large-sprint.ts'
import type {Processes} from '../processes.ts'
import {median, percentile} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const members = 8
const tasksPerStory = 20
const singleChanges = 40
const singleIntervalMs = 150
const stormChangesPerSecond = 50
const stormSeconds = 8
const shortestLongTaskMs = 50 // Chromium reports only tasks that take at least 50 ms

interface Target {
  url: string
  tokens: readonly string[]
  sprint: LargeSprint
}

/** The times of one change, in milliseconds since 1970 or in milliseconds. */
interface Shown {
  sentToArrival: number
  sentToShown: number
  arrivalToShown: number
  frames: number
}

/** The work of the main thread for an action of the viewer, in milliseconds. */
interface Act {
  /** The wall-clock time of the longest task, or 0 when no task was long. */
  longestTask: number
  /** The CPU time of all tasks. */
  cpu: number
}

export async function page(processes: Processes): Promise<Result> {
  const secret = randomBytes(32).toString('hex')
  const {port} = await processes.page(secret)
  const url = `http://127.0.0.1:${port}`
  const tokens = await mintTokens(secret, members)
  const small = {url, tokens, sprint: await createSprint(url, tokens, {stories: 25, tasksPerStory})}
  const size = {stories: 100, tasksPerStory, workedTasks: 600}
  const large = {url, tokens, sprint: await createSprint(url, tokens, size)}
  const browser = await launchChromium()
  try {
    const shown = await measureChanges(await openBoard(browser, small), small)
    const storm = await measureStorm(await openBoard(browser, small), small)
    const acts = await measureActs(await openBoard(browser, large))
    return resultOf(shown, storm, acts)
  } finally {
    await browser.close()
  }
}

function resultOf(shown: Shown[], storm: Storm, acts: Record<string, Act>): Result {
  const p50 = (name: keyof Shown) => median(shown.map(change => change[name]))
  const p95 = (name: keyof Shown) =>
    percentile(
      shown.map(change => change[name]),
      0.95,
    )
  const line = (label: string, name: keyof Shown) => [label, p50(name), p95(name), null]
  const frame = percentile(storm.frameTimes, 0.95)
  // Without other processes, a task is not longer than its CPU time.
  const longest = Math.max(...Object.values(acts).map(({longestTask, cpu}) => Math.min(longestTask, cpu)))
  return {
    title: 'The board page in Chromium',
    columns: ['measurement', 'p50', 'p95 or longest', 'CPU ms of the main thread'],
    lines: [
      line('500 tasks: ms from a change to the arrival of its event in another window', 'sentToArrival'),
      line('500 tasks: ms from a change to the DOM of another window', 'sentToShown'),
      line('500 tasks: ms from the arrival of the event to the DOM', 'arrivalToShown'),
      line('500 tasks: animation frames from the arrival of the event to the DOM', 'frames'),
      [
        `500 tasks, ${stormChangesPerSecond} events/s: ms between two frames; CPU per event`,
        median(storm.frameTimes),
        frame,
        storm.cpuPerChange,
      ],
      ...Object.entries(acts).map(([name, {longestTask: ms, cpu}]) => [
        `2,000 tasks, ${name}: ms of the longest task`,
        null,
        ms === 0 ? `< ${shortestLongTaskMs}` : ms,
        cpu,
      ]),
    ],
    notes: [
      'The browser, the server, Postgres and the sender of the changes share the cores of this machine.',
      `Single changes are sent every ${singleIntervalMs} ms. The DOM has changed when the column shows its new count.`,
      'The longest tasks are those that PerformanceObserver reports as `longtask`, without CPU throttling. Other processes can interrupt a task, so the bar uses the CPU time of all tasks of an action where it is shorter.',
    ],
    bars: [
      atMost('change to the DOM of another window, p50', 50, 'ms', p50('sentToShown')),
      atMost('frames from the arrival of an event to the DOM, p50', 2, 'frames', p50('frames')),
      atMost(`frame at ${stormChangesPerSecond} events/s, p95`, 34, 'ms', frame),
      atMost('longest task of an action at 2,000 tasks', 100, 'ms', longest),
    ],
  }
}

/** Opens the board as the first member, and waits until the page is live and has settled. */
export async function openBoard(browser: Browser, {url, tokens, sprint}: Target): Promise<Page> {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}})
  const signedIn = await context.request.post(`${url}/api/v1/session`, {
    data: {token: tokens[0]},
    headers: {origin: url},
  })
  if (!signedIn.ok()) throw new Error(`Could not sign in: ${await signedIn.text()}`)
  const page = await context.newPage()
  await page.addInitScript(recorder)
  await page.goto(`${url}/sprints/${sprint.sprintId}`)
  await page.locator('.connection[data-status=live]').waitFor()
  await page.locator('[data-task]').first().waitFor()
  await delay(1_000) // the page has settled
  await page.evaluate('startRecording()')
  return page
}

/** Takes one task after another, and measures when the window shows each change. */
async function measureChanges(page: Page, {url, tokens, sprint}: Target): Promise<Shown[]> {
  const sentAt: number[] = []
  for (const taskId of sprint.availableIds.slice(0, singleChanges)) {
    sentAt.push(performance.timeOrigin + performance.now())
    await send(url, tokens[1]!, 'PUT', `/tasks/${taskId}/ownership`)
    await delay(singleIntervalMs)
  }
  const {arrivals, shown} = (await page.evaluate('recorded')) as {
    arrivals: {at: number; frame: number}[]
    shown: {at: number; frame: number; count: number}[]
  }
  await page.context().close()
  if (arrivals.length !== singleChanges || shown.at(-1)?.count !== singleChanges)
    throw new Error(`${arrivals.length} events arrived of ${singleChanges}`)
  return sentAt.map((sent, index) => {
    const arrived = arrivals[index]!
    const {at, frame} = shown.find(({count}) => count > index)!
    return {
      sentToArrival: arrived.at - sent,
      sentToShown: at - sent,
      arrivalToShown: at - arrived.at,
      frames: frame - arrived.frame,
    }
  })
}

interface Storm {
  /** The milliseconds between each two frames of the window. */
  frameTimes: number[]
  /** The milliseconds of CPU time of the main thread for each change. */
  cpuPerChange: number
}

/** Takes and releases tasks at a constant rate. */
async function measureStorm(page: Page, {url, tokens, sprint}: Target): Promise<Storm> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable', {timeDomain: 'threadTicks'})
  const cpuBefore = await cpuOf(devTools)
  const changes = stormChangesPerSecond * stormSeconds
  const ids = sprint.availableIds.slice(singleChanges)
  const last = ids.map(() => Promise.resolve())
  await page.evaluate('recorded.frameTimes.length = 0')
  const startedAt = performance.now()
  for (let number = 0; number < changes; number++) {
    await delay(Math.max(0, startedAt + (number * 1_000) / stormChangesPerSecond - performance.now()))
    const task = number % ids.length
    const method = Math.floor(number / ids.length) % 2 ? 'DELETE' : 'PUT'
    last[task] = last[task]!.then(() => send(url, tokens[1]!, method, `/tasks/${ids[task]}/ownership`))
  }
  await Promise.all(last)
  const cpuPerChange = ((await cpuOf(devTools)) - cpuBefore) / changes
  const frameTimes = (await page.evaluate('recorded.frameTimes')) as number[]
  await page.context().close()
  return {frameTimes, cpuPerChange}
}

/** Returns the milliseconds of CPU time that the tasks of the main thread have used. */
async function cpuOf(devTools: CDPSession): Promise<number> {
  const {metrics} = await devTools.send('Performance.getMetrics')
  return 1_000 * metrics.find(({name}) => name === 'TaskDuration')!.value
}

async function measureActs(page: Page): Promise<Record<string, Act>> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable', {timeDomain: 'threadTicks'})
  const acts: Record<string, Act> = {}
  const measure = async (name: string, act: () => Promise<unknown>) => {
    await page.evaluate('recorded.longTasks.length = 0')
    const before = await cpuOf(devTools)
    await act()
    await delay(700) // the tasks that follow have ended, and have been reported
    const tasks = (await page.evaluate('recorded.longTasks')) as number[]
    acts[name] = {longestTask: Math.max(0, ...tasks), cpu: (await cpuOf(devTools)) - before}
  }
  const press = async (key: string, count: number) => {
    for (let number = 0; number < count; number++) await page.keyboard.press(key)
  }
  await measure('first arrow key', () => press('ArrowDown', 1))
  await measure('60 arrow keys', async () => {
    await press('ArrowDown', 40)
    for (const key of ['ArrowRight', 'ArrowLeft']) await press(key, 10)
  })
  await measure('drag of a card', () => dragCard(page))
  const filter = page.getByRole('searchbox')
  await measure('filter by text', () => filter.pressSequentially('refund', {delay: 60}))
  await measure('end of the filter', () => filter.fill(''))
  await measure('switch to stories', () => page.getByRole('radio', {name: 'By story'}).check())
  await measure('scrolling the stories', () => scroll(page, '.groups'))
  await measure('switch to columns', () => page.getByRole('radio', {name: 'By status'}).check())
  await measure('scrolling a column', () => scroll(page, '.column-cards'))
  await page.context().close()
  return acts
}

/** Drags the first card to the third column, in steps. */
async function dragCard(page: Page): Promise<void> {
  await page.evaluate(`document.querySelector('.column-cards').scrollTop = 0`)
  await delay(300) // the cards at the top are rendered
  const card = (await page.locator('.column').first().locator('[data-task]').first().boundingBox())!
  const column = (await page.locator('.column').nth(2).boundingBox())!
  await page.mouse.move(card.x + 40, card.y + 15)
  await page.mouse.down()
  await page.mouse.move(column.x + 80, column.y + 200, {steps: 30})
  await page.mouse.up()
}

async function scroll(page: Page, selector: string): Promise<void> {
  const area = (await page.locator(selector).first().boundingBox())!
  await page.mouse.move(area.x + area.width / 2, area.y + area.height / 2)
  for (let step = 0; step < 30; step++) {
    await page.mouse.wheel(0, 400)
    await delay(16)
  }
}

/**
 * Runs in the page. Records when events arrive, when the column of owned tasks shows a new count, the times between
 * frames, and long tasks.
 */
const recorder = `
  const now = () => performance.timeOrigin + performance.now()
  let frame = 0
  let isRecording = false
  const recorded = {arrivals: [], shown: [], frameTimes: [], longTasks: []}
  const NativeEventSource = EventSource
  globalThis.EventSource = class extends NativeEventSource {
    constructor(...args) {
      super(...args)
      this.addEventListener('message', ({data}) => {
        if (isRecording && data.includes('"ownership_taken"')) recorded.arrivals.push({at: now(), frame})
      })
    }
  }
  function startRecording() {
    const owned = document.querySelector('.column[data-status=owned] .column-count')
    const before = Number(owned.textContent)
    let count = 0
    new MutationObserver(() => {
      if (Number(owned.textContent) - before === count) return
      count = Number(owned.textContent) - before
      recorded.shown.push({at: now(), frame, count})
    }).observe(owned, {subtree: true, childList: true, characterData: true})
    new PerformanceObserver(list => {
      for (const {duration} of list.getEntries()) recorded.longTasks.push(duration)
    }).observe({type: 'longtask'})
    let last = performance.now()
    requestAnimationFrame(function next(at) {
      frame++
      recorded.frameTimes.push(at - last)
      last = at
      requestAnimationFrame(next)
    })
    isRecording = true
  }
  Object.assign(globalThis, {recorded, startRecording})
`
