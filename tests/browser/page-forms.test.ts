// Tests forms, comments, notifications and questions in a real browser.
import type {ExecutionContext} from 'ava'
import type {Page} from 'playwright-core'
import {type BoardWindow, hold, isLive, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

test.serial('when Ada creates, edits, comments on or deletes a task, Bob sees the change', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
  await ada.page.getByRole('button', {name: 'New task', exact: true}).click()
  await ada.page.getByLabel('Title').fill('Pack lunch')
  await ada.page.getByLabel('Estimated hours').fill('0.5')
  await ada.page.getByRole('button', {name: 'Create task'}).click()
  await bob.sees('Pack lunch', 'Available')
  await bob.card('Pack lunch').getByText('0.5 h').waitFor()

  await ada.card('Pack lunch').getByRole('button', {name: 'Move or edit'}).click({force: true})
  await ada.page.getByRole('menuitem', {name: 'Edit'}).click()
  await ada.page.getByLabel('Title').fill('Pack lunch for two')
  await ada.page.getByRole('button', {name: 'Save changes'}).click()
  await bob.card('Pack lunch for two').waitFor()

  await ada.card('Pack lunch for two').getByRole('button', {name: 'Pack lunch for two', exact: true}).click()
  await ada.page.getByLabel('Comment', {exact: true}).fill('With cheese, @Bob?')
  await ada.page.getByRole('button', {name: 'Comment', exact: true}).click()
  await bob.page.getByRole('button', {name: 'Notifications, 1 unread'}).waitFor()
  // The notification of a task whose panel is open is read.
  await bob.card('Pack lunch for two').getByRole('button', {name: 'Pack lunch for two', exact: true}).click()
  await bob.page.getByText('With cheese, @Bob?').first().waitFor()
  await bob.page.getByRole('button', {name: 'Notifications', exact: true}).waitFor()
  await untilInPage(bob.page, `!document.title.startsWith('(')`)

  // Bob has not created the task and does not own it.
  await bob.page.getByRole('button', {name: 'More actions'}).click()
  t.is(await bob.page.getByRole('menuitem', {name: 'Edit…'}).count(), 1)
  t.is(await bob.page.getByRole('menuitem', {name: 'Delete…'}).count(), 0)
  await ada.page.getByRole('button', {name: 'More actions'}).click()
  await ada.page.getByRole('menuitem', {name: 'Delete…'}).click()
  const dialog = ada.page.getByRole('dialog', {name: 'Delete task?'})
  await dialog.getByRole('button', {name: 'Delete task'}).click()
  await bob.page.getByText('This task was deleted.').waitFor()
  t.is(await bob.card('Pack lunch for two').count(), 0)
})

test.serial(
  'a member starts and closes a sprint, and its open stories move to the chosen sprint',
  async t => {
    const board = await createBoard(server)
    const next = (await board.ada.post(`/projects/${board.project.id}/sprints`, {name: 'Next sprint'})).body
    const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
    await ada.page.getByRole('button', {name: 'Start sprint'}).click()
    await ada.page.getByRole('dialog').getByRole('button', {name: 'Start sprint'}).click()
    await bob.hasNoted('Ada started the sprint')

    await bob.page.getByRole('button', {name: 'Burndown'}).click()
    await bob.page.getByRole('img', {name: /^Open tasks from .*: first 3, now 3$/}).waitFor()
    await board.ada.post(`/stories/${board.story.id}/tasks`, {title: 'Late'})
    const burndown = bob.page.getByRole('dialog', {name: /^Burndown of/})
    await burndown.getByText(/^0 of 4 tasks done\./).waitFor()
    const {body: tasks} = await board.ada.get(`/stories/${board.story.id}/tasks`)
    await board.ada.delete(`/tasks/${tasks.items.find(({title}: {title: string}) => title === 'Late').id}`)
    await burndown.getByText(/^0 of 3 tasks done\./).waitFor()
    await bob.page.keyboard.press('Escape')

    await ada.page.getByRole('button', {name: 'Close sprint'}).click()
    const dialog = ada.page.getByRole('dialog', {name: 'Close sprint?'})
    await dialog.getByText(/^1 story of “.*” is not done/).waitFor()
    await dialog.getByLabel('Move them to').selectOption('Next sprint')
    await dialog.getByRole('button', {name: 'Close sprint'}).click()
    await bob.hasNoted('Ada closed the sprint')
    await bob.card('Fill the tank').waitFor({state: 'detached'})
    t.is((await board.ada.get(`/stories/${board.story.id}`)).body.sprint_id, next.id)
    await ada.page.getByRole('button', {name: 'Reopen sprint'}).waitFor()
    t.is(await ada.page.getByRole('button', {name: 'New task'}).count(), 0)
    await bob.page.goto(`${server.url}/sprints/${next.id}`)
    await bob.page.getByRole('radio', {name: 'By story'}).check()
    await bob.page.getByRole('button', {name: /^New task: /}).waitFor()
    await bob.page.getByRole('button', {name: /^Edit story: /}).click()
    const choices = bob.page.getByLabel('Sprint').getByRole('option')
    await choices.filter({hasText: 'Next sprint'}).waitFor({state: 'attached'})
    t.deepEqual(await choices.allTextContents(), ['None (backlog)', 'Next sprint'])
    const viewer = await board.open(t, 'vic')
    await viewer.page.getByRole('button', {name: 'Burndown', exact: true}).waitFor()
    t.is(await viewer.page.getByRole('button', {name: 'Reopen sprint'}).count(), 0)

    await viewer.page.goto(`${server.url}/projects/${board.project.id}`)
    await viewer.page.getByRole('button', {name: 'Velocity'}).click()
    const velocity = viewer.page.getByRole('dialog', {name: /^Velocity of/})
    await velocity.getByText('0 tasks completed in the last closed sprint').waitFor()
    await velocity.getByRole('listitem').getByText('0 of 3 tasks').waitFor()
  },
)

test.serial(
  'the panel and the dialogs show descriptions, which are not part of the board, and the panel shows new descriptions',
  async t => {
    const board = await createBoard(server)
    const id = board.tasks['Fill the tank']
    await board.ada.patch(`/tasks/${id}`, {description: 'With kerosene.'})
    await board.ada.patch(`/stories/${board.story.id}`, {description: 'Higher than 100 km.'})
    const {page, card} = await board.open(t, 'ada')
    await card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
    const panel = page.getByRole('dialog', {name: 'Fill the tank'})
    await panel.getByText('With kerosene.').waitFor()
    await board.bob.put(`/tasks/${id}/ownership`)
    await panel.getByText('Owned', {exact: true}).waitFor()
    t.is(await panel.getByText('With kerosene.').count(), 1)
    await board.bob.patch(`/tasks/${id}`, {description: 'With hydrogen.'})
    await panel.getByText('With hydrogen.').waitFor()
    await panel.getByRole('button', {name: 'More actions'}).click()
    await page.getByRole('menuitem', {name: 'Edit…'}).click()
    t.is(await page.getByLabel('Description').inputValue(), 'With hydrogen.')
    await page.goto(`${server.url}${board.path}`)
    await page.getByRole('radio', {name: 'By story'}).check()
    await page.getByRole('button', {name: 'Edit story: Reach orbit'}).click()
    await page.getByLabel('Title').fill('Reach a low orbit')
    t.is(await page.getByLabel('Description').inputValue(), 'Higher than 100 km.')
    await page.getByRole('button', {name: 'Save changes'}).click()
    await page.getByRole('dialog').waitFor({state: 'detached'})
    const {body} = await board.ada.get(`/stories/${board.story.id}`)
    t.like(body, {title: 'Reach a low orbit', description: 'Higher than 100 km.'})
  },
)

test.serial('a member sees “Delete story” only if the member may delete all tasks of the story', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const path = `/projects/${board.story.project_id}/stories`
  const {id} = (await board.bob.post(path, {title: 'Return to Earth'})).body
  await board.bob.post(`/stories/${id}/tasks`, {title: 'Open the parachute'})
  for (const [sub, ofOrbit, ofReturn] of [
    ['ada', 1, 0],
    ['root', 1, 1],
  ] as const) {
    const dashboard = await board.open(t, sub, '/')
    await unfoldStories(dashboard.page)
    await offersDeletions(t, dashboard.page, 'Reach orbit', ofOrbit, sub !== 'root')
    await offersDeletions(t, dashboard.page, 'Return to Earth', ofReturn, sub !== 'root')
    await dashboard.page.goto(`${server.url}/sprints/${board.sprint.id}`)
    await dashboard.page.getByRole('radio', {name: 'By story'}).check()
    await offersDeletions(t, dashboard.page, 'Edit story: Reach orbit', ofOrbit, false)
  }
})

test.serial('when the end date is before the start date, the error is shown under the end date', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await page.getByLabel('Start date').fill('2026-03-14')
  const endDate = page.getByLabel('End date')
  await endDate.fill('2026-03-01')
  await page.getByRole('button', {name: 'Save changes'}).click()
  await page.getByText('The end date must not be before the start date.').waitFor()
  t.is(await page.locator('.form-error').count(), 0)
  t.is(await endDate.getAttribute('aria-invalid'), 'true')
  t.is(await page.evaluate('document.activeElement.name'), 'ends_on')
  t.is(
    await page.evaluate(
      `document.getElementById(document.activeElement.getAttribute('aria-describedby')).innerText`,
    ),
    'The end date must not be before the start date.',
  )

  await endDate.fill('2026-03-28')
  await page.getByRole('button', {name: 'Save changes'}).click()
  await page.getByRole('dialog').waitFor({state: 'detached'})
  const {body} = await board.ada.get(`/sprints/${board.sprint.id}/board`)
  t.like(body.sprint, {starts_on: '2026-03-14', ends_on: '2026-03-28'})
})

test.serial(
  'the board grouped by story shows how many tasks are done, and lets members change the status of a story',
  async t => {
    const board = await createBoard(server)
    const ada = await board.open(t, 'ada')
    await ada.page.getByRole('radio', {name: 'By story'}).check()
    const group = ada.page.getByRole('region', {name: 'Reach orbit, 0 of 3 done'})
    await group.waitFor()
    t.is(await group.locator('[data-task]').count(), 3)
    // Quick changes are made in the order of the choices, and the page shows the last one at once.
    const status = group.getByLabel('Story status: Reach orbit')
    let release = () => {}
    const isChosen = new Promise<void>(resolve => {
      release = resolve
    })
    const sent: string[] = []
    await ada.page.route('**/stories/*/status', async route => {
      const {status} = route.request().postDataJSON()
      await isChosen
      sent.push(status, await shown())
      await route.continue()
    })
    const shown = () => status.inputValue()
    for (const choice of ['Ready', 'Committed']) await status.selectOption(choice)
    t.is(await shown(), 'committed')
    await status.selectOption('Ready')
    release()
    await until(async () => sent.length === 6)
    await until(async () => (await board.ada.get(`/stories/${board.story.id}`)).body.status === 'ready')
    t.deepEqual(sent, ['ready', 'ready', 'committed', 'ready', 'ready', 'ready'])
    await ada.page.reload()
    await isLive(ada.page)
    // After the reload, the board is still grouped by story, and the story still has its new status.
    t.is(await group.getByLabel('Story status: Reach orbit').inputValue(), 'ready')
  },
)

test.serial('when a member reads notifications on one device, the other devices are updated', async t => {
  const board = await createBoard(server)
  await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  const [desk, phone] = [await board.open(t, 'ada'), await board.open(t, 'ada', '/')]
  await board.bob.post(`/tasks/${board.tasks['Fill the tank']}/comments`, {body: 'Is it full?'})
  const bell = ({page}: BoardWindow, name: string) => page.getByRole('button', {name, exact: true})
  await bell(desk, 'Notifications, 1 unread').waitFor()
  await bell(phone, 'Notifications, 1 unread').click()
  await phone.page.getByText('Is it full?').waitFor()
  await phone.page.getByRole('button', {name: 'Mark all as read'}).click()
  await bell(desk, 'Notifications').waitFor()
  await bell(phone, 'Notifications').waitFor()
  await phone.page.getByRole('button', {name: /Bob commented on/}).click()
  await phone.page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
  t.is((await board.ada.get('/notifications')).body.unread_count, 0)
})

test.serial(
  'a notification stays unread when its task cannot be loaded, and does not open after the member has gone elsewhere',
  async t => {
    const board = await createBoard(server)
    const task = `/tasks/${board.tasks['Fill the tank']}`
    await board.ada.put(`${task}/ownership`)
    await board.bob.post(`${task}/comments`, {body: 'Is it full?'})
    const {page} = await board.open(t, 'ada', '/')
    const bell = page.getByRole('button', {name: 'Notifications, 1 unread'})
    const visit = async () => {
      await bell.click()
      await page.getByRole('button', {name: /Bob commented on/}).click()
    }
    const unavailable = {code: 'store-unavailable', status: 503, title: 'Unavailable', detail: 'No.'}
    await page.route(`**/api/v1${task}`, route => route.fulfill({status: 503, json: unavailable}))
    await visit()
    await page.getByRole('alert').getByText('Could not open the task').waitFor()
    t.is(new URL(page.url()).pathname, '/')
    await page.unroute(`**/api/v1${task}`)

    const respond = await hold(page, 'GET', `/api/v1${task}`)
    await visit()
    await page.getByRole('banner').getByRole('link', {name: 'My work'}).click()
    await page.getByRole('heading', {name: 'My work'}).waitFor()
    await Promise.all([page.waitForResponse(`**/api/v1${task}`), respond()])
    await page.unroute(`**/api/v1${task}`)
    await bell.click()
    t.is(new URL(page.url()).pathname, '/my-work')
    await page.getByRole('button', {name: /Bob commented on/}).click()
    await page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
    await page.getByRole('button', {name: 'Notifications', exact: true}).waitFor()
    t.is((await board.ada.get('/notifications')).body.unread_count, 0)
  },
)

test.serial(
  'a question can be answered on the dashboard, and new activity appears there without a reload',
  async t => {
    const board = await createBoard(server)
    const [ada, bob] = [await board.open(t, 'ada', '/'), await board.open(t, 'bob', '/')]
    await ada.page.getByRole('button', {name: 'Ask a question'}).click()
    await ada.page.getByLabel('Question', {exact: true}).fill('May we launch on Friday?')
    await ada.page.getByRole('dialog').getByRole('button', {name: 'Ask question'}).click()
    await bob.page.getByText('May we launch on Friday?').waitFor()
    await bob.page.getByRole('button', {name: 'Answer', exact: true}).click()
    await bob.page.getByLabel('Your answer').fill('On Thursday.')
    await bob.page.getByRole('button', {name: 'Send answer'}).click()
    await ada.page.getByText('Nobody else has an open question.').waitFor()
    await ada.page.getByText('On Thursday.').waitFor()

    await board.ada.post(`/projects/${board.project.id}/activity`, {
      type: 'workflow.error',
      workflow: 'Countdown',
      message: 'stopped at three',
    })
    await bob.page.getByText('Countdown failed: stopped at three').waitFor()
    await unfoldStories(bob.page)
    await board.ada.put(`/stories/${board.story.id}/status`, {status: 'done'})
    await bob.page.locator('.pill-select[data-status=done]').waitFor()
    await board.ada.post(`/projects/${board.project.id}/sprints`, {name: 'Sprint 2'})
    await bob.page.getByRole('link', {name: /Sprint 2/}).click()
    await bob.page.getByRole('heading', {name: 'Sprint 2'}).waitFor()
    await bob.page.getByText('No stories yet').waitFor()
    t.pass()
  },
)

test.serial(
  'a member can ask a question about a task on the board, and the question links to the task',
  async t => {
    const board = await createBoard(server)
    const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob', '/')]
    await ada.card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
    await ada.page.getByRole('button', {name: 'Ask a question'}).click()
    await ada.page.getByLabel('Question', {exact: true}).fill('With which fuel?')
    // Vic is a viewer. Viewers cannot answer questions.
    t.deepEqual((await ada.page.getByLabel('Assignee').getByRole('option').allTextContents()).sort(), [
      'Ada',
      'Anyone',
      'Bob',
      'Root',
    ])
    await ada.page.getByLabel('Assignee').selectOption('Bob')
    await ada.page.getByRole('dialog').getByRole('button', {name: 'Ask question'}).click()
    await bob.page.getByText('Ada asked you').first().waitFor()
    await bob.page.getByRole('button', {name: 'Open task'}).click()
    await bob.page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
    t.is(new URL(bob.page.url()).pathname, board.path)
  },
)

/** Shows the stories of the sprint and of the backlog on the dashboard. */
async function unfoldStories(page: Page): Promise<void> {
  const folded = page.locator('details.stories:not([open]) > summary')
  await folded.first().waitFor()
  while ((await folded.count()) > 0) await folded.first().click()
}

/** Opens the dialog that edits the story. Asserts that the dialog has this number of buttons “Delete story”. */
async function offersDeletions(
  t: ExecutionContext,
  page: Page,
  button: string,
  expected: 0 | 1,
  hasToFetchTasks: boolean,
): Promise<void> {
  const fetched =
    hasToFetchTasks && page.waitForResponse(response => /\/stories\/[\w-]+\/tasks\?/.test(response.url()))
  await page.getByRole('button', {name: button, exact: true}).click()
  const dialog = page.getByRole('dialog', {name: 'Edit story'})
  await dialog.getByLabel('Title').waitFor()
  if (fetched) await (await fetched).finished()
  const deletions = dialog.getByRole('button', {name: 'Delete story'})
  if (expected > 0) await deletions.waitFor()
  // The page draws the dialog again before the second frame.
  await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
  t.is(await deletions.count(), expected, button)
  await dialog.getByRole('button', {name: 'Cancel'}).click()
  await dialog.waitFor({state: 'detached'})
}
