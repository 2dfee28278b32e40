// Tests in Chromium what cards show of their tasks, the tabs of the columns on a phone, the switch to another sprint, and
// that the page shows what the viewer has created.

import type {Locator} from 'playwright-core'
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

test.serial('a card shows what its task carries, and follows comments, questions and edits', async t => {
  const board = await createBoard(server)
  const bob = await board.open(t, 'bob')
  const card = bob.card('Fill the tank')
  const facts = () => card.locator('.card-facts .visually-hidden').allInnerTexts()
  t.deepEqual(await facts(), [])
  const id = board.tasks['Fill the tank']!
  const description = {description: 'Until the gauge shows 100.', acceptance_criteria_refs: ['AC-1', 'AC-2']}
  await board.ada.patch(`/tasks/${id}`, description)
  await board.ada.post(`/tasks/${id}/comments`, {body: 'Mind the valve'})
  const ask = {question: 'With which fuel?', task_id: id}
  const {body: question} = await board.ada.post(`/projects/${board.project.id}/escalations`, ask)
  await card.getByText('1 open question').waitFor()
  t.deepEqual(await facts(), ['1 open question', '2 acceptance criteria', '1 comment'])
  await board.ada.post(`/escalations/${question.id}/response`, {response: 'Methane.'})
  await card.getByText('1 open question').waitFor({state: 'detached'})
  await bob.page.reload()
  await card.getByText('1 comment').waitFor()
  t.deepEqual(await facts(), ['2 acceptance criteria', '1 comment'])
})

test.serial(
  'on a phone, tabs show the columns with their numbers of cards, and scroll to a column',
  async t => {
    const board = await createBoard(server)
    const {page, column} = await board.open(t, 'ada')
    const tabs = page.getByRole('navigation', {name: 'Columns'})
    t.is(await tabs.count(), 0, 'on a wide screen, all columns are visible')
    await page.setViewportSize({width: 390, height: 844})
    const available = tabs.getByRole('button', {name: /^Available [1-9]/})
    await available.and(page.locator('[aria-current]')).waitFor()
    const completed = tabs.getByRole('button', {name: 'Completed 0'})
    await completed.click()
    await completed.and(page.locator('[aria-current]')).waitFor()
    const {x, width} = (await column('Completed').boundingBox())!
    t.true(x >= 0 && x + width <= 390, `the column is at ${x}`)
    await page.getByLabel('Filter by text').fill('engine')
    await tabs.getByRole('button', {name: 'Available 1/3'}).waitFor()
    const name = (await page.getByRole('heading', {level: 1}).boundingBox())!
    const start = (await page.getByRole('button', {name: 'Start sprint'}).boundingBox())!
    t.true(start.y < name.y + name.height, 'the actions of the sprint take no row of their own')
  },
)

test.serial('a team limits a column, and the column warns when it contains more tasks', async t => {
  const board = await createBoard(server)
  const [ada, bob] = [await board.open(t, 'ada', `/projects/${board.project.id}`), await board.open(t, 'bob')]
  await ada.page.getByRole('button', {name: /^Edit project/}).click()
  await ada.page.getByLabel('Available').fill('2')
  await ada.page.getByLabel('In progress').fill('1')
  await ada.page.getByRole('button', {name: 'Save changes'}).click()
  await bob.column('Available').getByText('3 of 2 over the limit').waitFor()
  await bob.column('In progress').getByText('0 of 1', {exact: true}).waitFor()
  await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await bob.column('Available').getByText('2 of 2', {exact: true}).waitFor()
  t.is(await bob.page.locator('.column').getByText('over the limit').count(), 0)

  await ada.page.getByRole('button', {name: /^Edit project/}).click()
  await ada.page.getByLabel('Available').fill('')
  await ada.page.getByRole('button', {name: 'Save changes'}).click()
  await bob.column('Available').getByText('2', {exact: true}).waitFor()
})

test.serial('a member switches from one sprint of the project to another', async t => {
  const board = await createBoard(server)
  for (const fields of [{name: 'Sprint 3'}, {name: 'Sprint 2', starts_on: '2030-01-07'}, {name: 'Sprint 4'}])
    await board.ada.post(`/projects/${board.project.id}/sprints`, fields)
  const {page} = await board.open(t, 'ada')
  const toSwitch = page.getByRole('button', {name: 'Switch to another sprint'})
  let answer = () => {}
  const isAnswered = new Promise<void>(resolve => {
    answer = resolve
  })
  await page.route('**/projects/*/sprints*', async route => {
    await isAnswered
    await route.continue()
  })
  await toSwitch.click()
  t.true(await page.getByRole('menuitem', {name: 'Loading…'}).isDisabled())
  await toSwitch.click()
  t.is(await page.getByRole('menu').count(), 0, 'the second click closes the menu')
  await toSwitch.click()
  answer()
  await page.locator('[role=menuitem][aria-current]', {hasText: 'Sprint 1'}).waitFor()
  const names = (await page.getByRole('menuitem').allInnerTexts()).map(text => /Sprint \d/.exec(text)?.[0])
  t.deepEqual(names, ['Sprint 2', 'Sprint 1', 'Sprint 3', 'Sprint 4'], 'the next planned sprint comes first')
  await page.getByRole('menuitem', {name: 'Sprint 2'}).click()
  await page.getByRole('heading', {name: 'Sprint 2'}).waitFor()
  await page.getByText('No stories yet').waitFor()
  t.is(await page.getByRole('search').count(), 0, 'there is nothing to filter')
})

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
  await untilInPage(page, `highlighted.some(text => text.includes('Land softly'))`)
  t.true(await isInView(page.locator('[data-list]', {hasText: 'Land softly'}).getByRole('heading')))
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
  await untilInPage(page, `highlighted.some(text => text.includes('Land softly'))`)
  const group = page.locator('[data-list]', {hasText: 'Land softly'})
  await group.getByText('No tasks yet').waitFor()
  t.true(await isInView(group))
})

test.serial('on the dashboard, a new story is unfolded, and a new project scrolls into view', async t => {
  const {open} = await createBoard(server)
  const {page} = await open(t, 'ada', '/')
  await page.getByRole('button', {name: 'New story', exact: true}).click()
  await page.getByLabel('Title').fill('Land softly')
  await page.getByRole('button', {name: 'Create story'}).click()
  await untilInPage(page, `highlighted.some(text => text.includes('Land softly'))`)
  t.true(await isInView(page.locator('li[data-thing]', {hasText: 'Land softly'})))
  await page.setViewportSize({width: 1024, height: 400})
  await page.getByRole('button', {name: 'New project'}).click()
  await page.getByLabel('Name').fill('Second rocket')
  await page.getByRole('button', {name: 'Create project'}).click()
  await untilInPage(page, `highlighted.some(text => text.includes('Second rocket'))`)
  t.true(await isInView(page.locator('section[data-thing]', {hasText: 'Second rocket'})))
})
