// Tests where the focus is after the member has gone to another screen or closed a panel with Back.
import type {Page} from 'playwright-core'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

const hasFocus = (page: Page, selector: string, text: string) =>
  page.locator(`:is(${selector}):focus`, {hasText: text}).waitFor()

test.serial('the heading of a new screen has the focus, but not when the page is loaded', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const {body: next} = await board.root.post(`/projects/${board.project.id}/sprints`, {name: 'Orbit'})
  const {page} = await board.open(t, 'ada', '/')
  const {name} = board.sprint
  await page.getByText('other sprint').waitFor()
  t.is(await page.evaluate('document.activeElement.tagName'), 'BODY')
  await page.getByText('other sprint').click()
  await page.locator('.sprint-link', {hasText: name}).click()
  await hasFocus(page, 'h1', name)
  t.is(await page.locator('h1').evaluate(element => getComputedStyle(element).outlineStyle), 'none')
  await page.keyboard.press('Tab')
  await page.getByRole('button', {name: 'Switch to another sprint'}).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', {name: 'Orbit'}).press('Enter')
  await hasFocus(page, 'h1', next.name)
  await page.goBack()
  await hasFocus(page, 'h1', name)
  await page.goBack()
  await hasFocus(page, 'h1', 'Projects')
  await page.getByRole('link', {name: board.project.name}).first().press('Enter')
  await hasFocus(page, 'h1', board.project.name)
})

test.serial(
  'the heading has the focus when the sprint is deleted, and when a second attempt succeeds',
  async t => {
    const board = await createBoard(server)
    const {page, card} = await board.open(t, 'ada')
    await card('Light the engine').focus()
    await board.root.delete(board.path)
    await hasFocus(page, 'h1', 'Sprint not found')

    await page.route('**/api/v1/dashboard*', route => route.abort())
    await page.getByRole('link', {name: 'All projects'}).click()
    await hasFocus(page, 'h1', 'Could not load the projects')
    await page.unroute('**/api/v1/dashboard*')
    // The page also tries again by itself, so the button may have disappeared.
    await page.evaluate(`document.querySelector('.failure button')?.click()`)
    await hasFocus(page, 'h1', 'Projects')
    t.pass()
  },
)

test.serial('a panel that a link to a task has opened returns the focus to the card of the task', async t => {
  const board = await createBoard(server)
  await board.ada.put(`/tasks/${board.tasks['Light the engine']}/ownership`)
  const {page} = await board.open(t, 'ada', '/')
  await page.getByRole('link', {name: 'Light the engine'}).click()
  await hasFocus(page, 'dialog h2', 'Light the engine')
  await page.keyboard.press('Escape')
  await hasFocus(page, '[data-task]', 'Light the engine')
  t.pass()
})

test.serial('a panel that Back closes returns the focus to the card of its task', async t => {
  const board = await createBoard(server)
  const {page, card} = await board.open(t, 'ada')
  await card('Light the engine').getByText('Light the engine').click()
  await page.getByLabel('Comment', {exact: true}).click()
  await page.goBack()
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await hasFocus(page, '[data-task], .card-title', 'Light the engine')

  await page.evaluate('document.activeElement.blur()')
  await page.evaluate(`location.hash = '${board.tasks['Count to zero']}'`)
  await page.getByLabel('Comment', {exact: true}).click()
  await page.goBack()
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await hasFocus(page, '[data-task]', 'Count to zero')
  t.pass()
})
