// Tests that the page shows what the viewer has created.
import type {Locator} from 'playwright-core'
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

const isInView = (element: Locator) =>
  element.evaluate(element => {
    const {top, bottom} = element.getBoundingClientRect()
    return top >= 0 && bottom <= innerHeight
  })

test.serial('a new task at the end of a long column scrolls into view and is highlighted', async t => {
  t.timeout(120_000)
  const titles = Array.from({length: 40}, (_, n) => `Step ${n}`)
  const {open} = await createBoard(server, titles)
  const {page, card, flashed} = await open(t, 'ada')
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  await page.getByLabel('Title').fill('The last step')
  await page.getByRole('button', {name: 'Create task'}).click()
  await card('The last step').waitFor()
  await untilInPage(page, `flashed.includes('The last step')`)
  t.true(await isInView(card('The last step')))
  t.deepEqual(await flashed(), ['The last step'])
})

test.serial('when a filter hides a new task, a note offers to show it', async t => {
  const {open} = await createBoard(server)
  const {page, card} = await open(t, 'ada')
  await page.getByRole('button', {name: 'My tasks'}).click()
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  await page.getByLabel('Title').fill('Hidden task')
  await page.getByRole('button', {name: 'Create task'}).click()
  await page.getByRole('log').getByText('A filter hides it: Hidden task').waitFor()
  t.is(await card('Hidden task').count(), 0)
  await page.getByRole('button', {name: 'Show', exact: true}).click()
  await card('Hidden task').waitFor()
  t.true(await isInView(card('Hidden task')))
})

test.serial('when the view by status hides a new story, a note offers to show it', async t => {
  const {open} = await createBoard(server)
  const {page} = await open(t, 'ada')
  await page.getByRole('button', {name: 'New story', exact: true}).click()
  await page.getByLabel('Title').fill('Land softly')
  await page.getByRole('button', {name: 'Create story'}).click()
  await page.getByRole('log').getByText('Story created').waitFor()
  await page.getByRole('button', {name: 'Show', exact: true}).click()
  const group = page.locator('[data-highlight]', {hasText: 'Land softly'})
  await group.waitFor()
  t.true(await isInView(group.getByRole('heading')))
})

test.serial('below many other stories, a new story scrolls into view and is highlighted', async t => {
  const {ada, project, sprint, open} = await createBoard(server)
  for (let n = 0; n < 20; n++) {
    const story = {title: `Step ${n}`, sprint_id: sprint.id}
    const {body} = await ada.post(`/projects/${project.id}/stories`, story)
    await ada.post(`/stories/${body.id}/tasks`, {title: `Do ${n}`})
  }
  const {page} = await open(t, 'ada')
  await page.getByRole('radio', {name: 'By story'}).check()
  await page.getByRole('button', {name: 'New story', exact: true}).click()
  await page.getByLabel('Title').fill('Land softly')
  await page.getByRole('button', {name: 'Create story'}).click()
  const group = page.locator('[data-highlight]', {hasText: 'Land softly'})
  await group.getByText('No tasks yet').waitFor()
  t.true(await isInView(group))
})

test.serial('on the dashboard, a new story is unfolded, and a new project scrolls into view', async t => {
  const {open} = await createBoard(server)
  const {page} = await open(t, 'ada', '/')
  await page.getByRole('button', {name: 'New story', exact: true}).click()
  await page.getByLabel('Title').fill('Land softly')
  await page.getByRole('button', {name: 'Create story'}).click()
  const row = page.locator('[data-highlight]', {hasText: 'Land softly'})
  await row.waitFor()
  t.true(await isInView(row))
  await page.setViewportSize({width: 1024, height: 400})
  await page.getByRole('button', {name: 'New project'}).click()
  await page.getByLabel('Name').fill('Second rocket')
  await page.getByRole('button', {name: 'Create project'}).click()
  const project = page.locator('section[data-highlight]', {hasText: 'Second rocket'})
  await project.waitFor()
  t.true(await isInView(project))
})
