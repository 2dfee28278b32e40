// axe-core over every state of the page, light and dark.
import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import type {ExecutionContext} from 'ava'
import type {AxeResults} from 'axe-core'
import type {Page} from 'playwright-core'
import {openWindow} from '../helpers/board-window.ts'
import {closeBrowser, openBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {sampleDashboard, sampleSprint, sampleTeam} from '../helpers/sample-sprint.ts'
import {type Server, startServer} from '../helpers/server.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let server: Server
let sample: Awaited<ReturnType<typeof makeSample>>
test.before(async () => {
  server = await startServer({page: await buildPage()})
  sample = await makeSample()
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
})

async function makeSample() {
  const {team, whoIs} = await sampleTeam(server, 'shop')
  const made = await sampleSprint(team)
  await sampleDashboard(team, made.project.id)
  return {team, whoIs, ...made}
}

/** Nothing that axe calls serious or critical, nor any contrast that is too low, in either theme. */
async function isAccessible(t: ExecutionContext, page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({colorScheme, reducedMotion: 'reduce'})
    const {violations} = (await page.evaluate(`${axe}; axe.run()`)) as AxeResults
    const grave = violations.filter(({impact}) => impact === 'serious' || impact === 'critical')
    const told = grave.map(
      ({id, nodes}) =>
        `${id}: ${nodes.map(({html, target, failureSummary}) => `${target} ${html} ${failureSummary}`)}`,
    )
    t.deepEqual(told, [], `${what}, ${colorScheme}`)
  }
}

test.serial('the board, by status and by story, with its menu, its panel and its dialogs', async t => {
  t.timeout(240_000)
  const {page, card} = await openWindow(t, server, sample.whoIs('ada'), `/sprints/${sample.sprint.id}`)
  await isAccessible(t, page, 'by status')
  await card('Remember the delivery address').press('m')
  await isAccessible(t, page, 'menu')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await page.getByText('Nobody has said anything yet.').waitFor()
  await isAccessible(t, page, 'panel')
  await page.getByRole('button', {name: 'Edit task'}).click()
  await isAccessible(t, page, 'edit')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.getByRole('button', {name: /^Notifications/}).click()
  await isAccessible(t, page, 'notifications')
  await page.keyboard.press('Escape')
  await page.getByRole('button', {name: 'Ada Lovelace: account'}).click()
  await isAccessible(t, page, 'account')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await isAccessible(t, page, 'shortcuts')
  await page.keyboard.press('Escape')
  await page.getByLabel('By story').check()
  await isAccessible(t, page, 'by story')
})

test.serial('a refusal, and being offline', async t => {
  t.timeout(120_000)
  const {page, context, card} = await openWindow(
    t,
    server,
    sample.whoIs('ada'),
    `/sprints/${sample.sprint.id}`,
  )
  await sample.team.grace.put(`/tasks/${sample.tasks[4]!.id}/ownership`)
  await page.getByText('Task claimed').waitFor()
  await context.setOffline(true)
  await page.getByText('You are offline.').waitFor()
  await card('Write down how to refund by hand').press(' ')
  await page.getByRole('alert').getByText('The server did not answer').waitFor()
  await isAccessible(t, page, 'offline')
})

test.serial('the dashboard', async t => {
  t.timeout(120_000)
  const {page} = await openWindow(t, server, sample.whoIs('ada'), '/')
  await page.getByText('Nightly replay failed').waitFor()
  await isAccessible(t, page, 'dashboard')
  await page.getByRole('button', {name: 'Answer', exact: true}).click()
  await page.getByText('Answered', {exact: true}).click()
  await isAccessible(t, page, 'answering')
})

test.serial('the sign-in', async t => {
  const context = await openBrowser(t)
  const page = await context.newPage()
  await page.goto(server.url)
  await page.getByRole('button', {name: 'Sign in', exact: true}).waitFor()
  await isAccessible(t, page, 'sign-in')
})
