// Checks states of the page with axe-core. `npm run screenshots` checks all states, dialogs and messages, in all looks.
import type {ExecutionContext} from 'ava'
import type {Page} from 'playwright-core'
import {labelColors} from '../../src/board/label.ts'
import {findViolations} from '../helpers/accessibility.ts'
import {openWindow} from '../helpers/board-window.ts'
import {openBrowser, test} from '../helpers/browser.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {sampleDashboard, sampleSprint, sampleTeam} from '../helpers/sample-sprint.ts'
import type {Client} from '../helpers/server.ts'

const server = await startPageServer()
let sample: Awaited<ReturnType<typeof makeSample>>
test.before(async () => {
  sample = await makeSample()
})

async function makeSample() {
  const {team, claimsOf} = await sampleTeam(server, 'shop')
  const made = await sampleSprint(team)
  await sampleDashboard(team, made.project.id)
  const remember = made.tasks.find(({title}) => title.startsWith('Remember'))!
  await plan(team.ada, made.project.id, remember.id)
  await team.ada.put(`/tasks/${remember.id}/blockers/${made.tasks[0]!.id}`)
  const {id: task_id} = made.tasks.find(({title}) => title.startsWith('Alert when two'))!
  const request = {kind: 'release', question: 'May I take over this task?', task_id}
  await team.grace.post(`/projects/${made.project.id}/escalations`, request)
  return {team, claimsOf, ...made}
}

/** Gives the task everything that a card can show. */
async function plan(ada: Client, projectId: string, taskId: string): Promise<void> {
  const ids: string[] = []
  for (const color of labelColors.slice(0, 4)) {
    const {body} = await ada.post(`/projects/${projectId}/labels`, {name: `The ${color} label`, color})
    ids.push(body.id)
  }
  await ada.patch(`/tasks/${taskId}`, {priority: 'urgent', due_on: '2020-01-01', label_ids: ids, description})
  await ada.post(`/tasks/${taskId}/checklist`, {text: 'Ask for the address once'})
}

const description =
  '# Why\n- [x] `code` and https://example.com\n\n|a|b|\n|-|-|\n|1|2|\n\n```\ncode\n```\n> WEB-1'

const phone = {width: 390, height: 844}

/**
 * Asserts that axe finds nothing in the light theme on a wide screen, and in the dark theme on a phone. Of a page with a
 * modal dialog, only the dialog is checked, because the rest is inert. A menu closes when the size of the window changes,
 * so a menu is checked only on a wide screen, in both themes. `npm run screenshots` checks its states in all looks.
 */
async function assertAccessible(t: ExecutionContext, page: Page, state: string): Promise<void> {
  const isMenuOpen = (await page.getByRole('menu').count()) > 0
  const wide = page.viewportSize()!
  const looks = [
    {colorScheme: 'light', size: wide},
    {colorScheme: 'dark', size: isMenuOpen ? wide : phone},
  ] as const
  const within = (await page.locator('dialog:modal').count()) > 0 ? 'dialog:modal' : undefined
  for (const {colorScheme, size} of looks) {
    await page.setViewportSize(size)
    await page.emulateMedia({colorScheme, reducedMotion: 'reduce'})
    t.deepEqual(await findViolations(page, within), [], `${state}, ${colorScheme}, ${size.width}`)
  }
  await page.setViewportSize(wide)
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
    await page.getByLabel(/^Edit item/).fill('Ask once for the address')
    await page.goBack()
    await page.goForward()
    await page.getByText('Not saved.').waitFor()
    await assertAccessible(t, page, 'panel')
    await page.getByRole('button', {name: /^Labels:/}).click()
    await assertAccessible(t, page, 'choice of labels')
    await page.getByRole('button', {name: 'Rename, recolour or delete labels…'}).click()
    await assertAccessible(t, page, 'labels')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.getByRole('button', {name: 'More actions'}).click()
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
    await page.getByText('Discard your changes?').waitFor()
    await assertAccessible(t, page, 'discard')
    await page.getByRole('button', {name: 'Discard changes'}).click()
    await page.getByRole('button', {name: /^Notifications/}).click()
    await assertAccessible(t, page, 'notifications')
    await page.keyboard.press('Escape')
    await page.getByRole('button', {name: 'Account: Ada Lovelace'}).click()
    await assertAccessible(t, page, 'account')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByLabel('Search tasks').fill('address')
    await page.locator('mark').first().waitFor()
    await assertAccessible(t, page, 'search')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await assertAccessible(t, page, 'shortcuts')
    await page.keyboard.press('Escape')
    await page.getByRole('radio', {name: 'By story'}).check()
    await assertAccessible(t, page, 'by story')
  },
)

test.serial('the pages that could not be loaded and the end of the session are accessible', async t => {
  t.timeout(120_000)
  const {page} = await openWindow(t, server, sample.claimsOf('grace'), '/')
  await page.goto(`${server.url}/sprints/01890a5d-ac96-774b-bcce-b302099a8057`)
  await page.getByRole('heading', {name: 'Sprint not found'}).waitFor()
  await assertAccessible(t, page, 'not found')
  await page.goto(server.url)
  await page.getByText('Nightly replay failed').waitFor()
  await sample.team.grace.delete('/sessions')
  await page.getByRole('dialog', {name: 'Your session has ended'}).waitFor()
  await assertAccessible(t, page, 'session ended')
})

test.serial('warnings and the offline note are accessible', async t => {
  t.timeout(120_000)
  const {page, context, card, hasNoted} = await openWindow(
    t,
    server,
    sample.claimsOf('ada'),
    `/sprints/${sample.sprint.id}`,
  )
  await sample.team.grace.put(`/tasks/${sample.tasks[4]!.id}/ownership`)
  await hasNoted('Grace Hopper took a task')
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
