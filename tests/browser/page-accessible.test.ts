// Checks the states of the page with axe-core, in the light and the dark theme.
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
  const {team, claimsOf} = await sampleTeam(server, 'shop')
  const made = await sampleSprint(team)
  await sampleDashboard(team, made.project.id)
  return {team, claimsOf, ...made}
}

/** Asserts that axe finds no serious or critical violation in the light or the dark theme. Low contrast is serious. */
async function assertAccessible(t: ExecutionContext, page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({colorScheme, reducedMotion: 'reduce'})
    const {violations} = (await page.evaluate(`${axe}; axe.run()`)) as AxeResults
    const severe = violations.filter(({impact}) => impact === 'serious' || impact === 'critical')
    const reports = severe.map(
      ({id, nodes}) =>
        `${id}: ${nodes.map(({html, target, failureSummary}) => `${target} ${html} ${failureSummary}`)}`,
    )
    t.deepEqual(reports, [], `${state}, ${colorScheme}`)
  }
}

test.serial(
  'the two views of the board (by status and by story), the menu, the panel and the dialogs are accessible',
  async t => {
    t.timeout(240_000)
    const {page, card} = await openWindow(t, server, sample.claimsOf('ada'), `/sprints/${sample.sprint.id}`)
    await assertAccessible(t, page, 'by status')
    await card('Remember the delivery address').press('m')
    await assertAccessible(t, page, 'menu')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Enter')
    await page.getByText('No comments yet.').waitFor()
    await assertAccessible(t, page, 'panel')
    await page.getByRole('button', {name: 'More actions'}).click()
    await assertAccessible(t, page, 'menu of the panel')
    await page.getByRole('menuitem', {name: 'Edit…'}).click()
    await assertAccessible(t, page, 'edit')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.getByRole('button', {name: 'Edit sprint'}).click()
    await page.getByLabel('End date').fill('2020-01-01')
    await page.getByRole('button', {name: 'Save changes'}).click()
    await page.getByText('The end date must not be before the start date.').waitFor()
    await assertAccessible(t, page, 'field error')
    await page.keyboard.press('Escape')
    await assertAccessible(t, page, 'discard question')
    await page.getByRole('button', {name: 'Discard changes'}).click()
    await page.getByRole('button', {name: /^Notifications/}).click()
    await assertAccessible(t, page, 'notifications')
    await page.keyboard.press('Escape')
    await page.getByRole('button', {name: 'Account: Ada Lovelace'}).click()
    await assertAccessible(t, page, 'account')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await assertAccessible(t, page, 'shortcuts')
    await page.keyboard.press('Escape')
    await page.getByLabel('By story').check()
    await assertAccessible(t, page, 'by story')
  },
)

test.serial('warnings and the offline note are accessible', async t => {
  t.timeout(120_000)
  const {page, context, card} = await openWindow(
    t,
    server,
    sample.claimsOf('ada'),
    `/sprints/${sample.sprint.id}`,
  )
  await sample.team.grace.put(`/tasks/${sample.tasks[4]!.id}/ownership`)
  await page.getByText('Grace Hopper took a task').waitFor()
  await context.setOffline(true)
  await page.getByText('You are offline.').waitFor()
  await card('Write down how to refund by hand').press(' ')
  await page.getByRole('alert').getByText('The server did not respond').waitFor()
  await assertAccessible(t, page, 'offline')
})

test.serial('the dashboard is accessible', async t => {
  t.timeout(120_000)
  const {page} = await openWindow(t, server, sample.claimsOf('ada'), '/')
  await page.getByText('Nightly replay failed').waitFor()
  await assertAccessible(t, page, 'dashboard')
  await page.getByRole('button', {name: 'Answer', exact: true}).click()
  await page.getByText(/answered question/).click()
  await assertAccessible(t, page, 'answering')
})

test.serial('the sign-in page is accessible', async t => {
  const context = await openBrowser(t)
  const page = await context.newPage()
  await page.goto(server.url)
  await page.getByRole('button', {name: 'Sign in', exact: true}).waitFor()
  await assertAccessible(t, page, 'sign-in')
})
