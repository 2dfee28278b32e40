// Tests a large sprint with many changes per second. The durations are printed, but not asserted.
import {setTimeout as delay} from 'node:timers/promises'
import {commitChange} from '../../src/changes/commit-change.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import type {Appended} from '../../src/store/event-log.ts'
import {openWindow} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {startPageServer} from '../helpers/page-server.ts'

const tasks = 500
const changeCount = 200 // The test publishes the changes within about one second.

// The server does not poll, so the server delivers committed changes only when the test publishes these changes.
const server = await startPageServer({live: {limits: {pollIntervalMs: 600_000}}})

test.serial(
  'the page shows two hundred changes that arrive within a second, in a sprint of five hundred tasks',
  async t => {
    t.timeout(240_000)
    const {ada, bob, story, sprint, organizationId} = await server.team('storm')
    const ids: string[] = []
    for (let number = 1; ids.length < tasks; number++) {
      const {body} = await ada.post(`/stories/${story.id}/tasks`, {
        title: `Task ${number}`,
        estimated_hours: 1,
      })
      ids.push(body.id)
    }
    const who = {sub: 'ada', org: 'storm', role: 'member', name: 'Ada'} as const
    const {page, column} = await openWindow(t, server, who, `/sprints/${sprint.id}`)
    await page.emulateMedia({reducedMotion: 'no-preference'}) // the cards flash, as they do for most viewers
    await page.evaluate(measure)

    const by = await bob.caller()
    const changes: Appended[] = []
    for (const id of ids.slice(0, changeCount)) changes.push(await commitChange(server.db, by, takeTask(id)))
    await page.evaluate('longTasks.length = frames.length = 0')
    const startedAt = performance.now()
    for (const [index, change] of changes.entries()) {
      const wait = startedAt + index * (1_000 / changeCount) - performance.now()
      if (wait > 0) await delay(wait)
      server.live.publish(organizationId, change)
    }
    await column('Owned').locator('.column-count').getByText(`${changeCount}`, {exact: true}).waitFor()

    const took = Math.round(performance.now() - startedAt)
    const {longTasks, frames} = (await page.evaluate('({longTasks, frames})')) as {
      longTasks: number[]
      frames: number[]
    }
    const longest = (times: number[]) => Math.round(Math.max(0, ...times))
    console.log(
      `${changeCount} changes to a board of ${tasks} tasks, shown after ${took} ms: ` +
        `${longTasks.length} long tasks (over 50 ms; longest ${longest(longTasks)} ms), ` +
        `${frames.length} frames, longest time between two frames ${longest(frames)} ms`,
    )
    t.pass()
  },
)

// Runs in the page. Records the long tasks of the main thread, and the times between frames, in milliseconds.
const measure = `
  window.longTasks = []
  window.frames = []
  new PerformanceObserver(list => {
    for (const {duration} of list.getEntries()) longTasks.push(duration)
  }).observe({type: 'longtask'})
  let last = performance.now()
  const next = now => {
    frames.push(now - last)
    last = now
    requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
`
