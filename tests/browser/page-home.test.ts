// Tests the dashboard in Chromium: what leads, what is folded, and how the page follows the work of the team.
import type {Page} from 'playwright-core'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

test.serial(
  'the dashboard leads with the current sprint, and folds other sprints and all stories',
  async t => {
    const board = await createBoard(server)
    const path = `/projects/${board.project.id}/sprints`
    await board.ada.post(path, {name: 'Now', starts_on: day(-3), ends_on: day(3)})
    await board.ada.post(path, {name: 'Later', starts_on: day(4), ends_on: day(10)})
    const {page} = await board.open(t, 'ada', '/')
    await page.getByRole('link', {name: /Now/}).waitFor()
    t.is(await page.getByRole('link', {name: /Later/}).count(), 0)
    t.false(await page.getByText('Reach orbit').isVisible())
    await page.getByText('2 other sprints').click()
    await page.getByRole('link', {name: /Later/}).waitFor()
    await page.getByText('1 story').last().click()
    await page.getByText('Reach orbit').waitFor()
  },
)

test.serial('the page of a project shows its phase and its actions beside its name', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada', `/projects/${board.project.id}`)
  await page.getByText('Waiting for you').waitFor()
  const name = (await page.getByRole('heading', {level: 1}).boundingBox())!
  for (const part of [page.locator('.phase'), page.getByRole('button', {name: 'New sprint'})]) {
    const {y} = (await part.boundingBox())!
    t.true(y < name.y + name.height)
  }
})

test.serial('the progress of a sprint follows its tasks, also while the dashboard is open', async t => {
  const board = await createBoard(server)
  const total = Object.keys(board.tasks).length
  const {page} = await board.open(t, 'ada', '/')
  await page.getByText(`0 of ${total} tasks done`).first().waitFor()
  const path = `/tasks/${board.tasks['Fill the tank']}`
  await board.bob.put(`${path}/ownership`)
  for (const status of ['in_progress', 'completed']) await board.bob.put(`${path}/status`, {status})
  await page.getByText(`1 of ${total} tasks done`).first().waitFor()
  await board.root.delete(`/tasks/${board.tasks['Fill the tank']}`)
  await page
    .getByText(`0 of ${total - 1} tasks done`)
    .first()
    .waitFor()
  t.pass()
})

test.serial('what waits for the viewer comes first: own tasks and questions to the viewer', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada', '/')
  const waiting = page.getByRole('region', {name: 'Waiting for you'})
  await waiting.getByText('Nothing waits for you.').waitFor()
  await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await waiting.getByRole('link', {name: /Fill the tank/}).waitFor()
  const {user_id} = await board.ada.caller()
  const question = {question: 'With which fuel?', assignee_user_id: user_id}
  await board.bob.post(`/projects/${board.project.id}/escalations`, question)
  await waiting.getByText('With which fuel?').waitFor()
  t.is(await page.getByText('With which fuel?').count(), 1, 'the question is not repeated among the others')
  await waiting.getByRole('link', {name: /Fill the tank/}).click()
  await page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
})

test.serial('a task that the viewer takes between the two reads of the dashboard is shown', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  let releaseDashboard = () => {}
  const isListRead = new Promise<void>(resolve => {
    releaseDashboard = resolve
  })
  await page.route('**/api/v1/dashboard*', async route => {
    await isListRead
    await route.continue()
  })
  await page.route('**/api/v1/me/tasks*', async route => {
    const response = await route.fetch()
    await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    releaseDashboard()
    await page.unroute('**/api/v1/me/tasks*')
    await route.fulfill({response})
  })
  await page.goto(server.url)
  const waiting = page.getByRole('region', {name: 'Waiting for you'})
  await waiting.getByRole('link', {name: /Fill the tank/}).waitFor()
  t.pass()
})

test.serial('a slow request for the viewer’s tasks is not repeated before it has ended', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  t.teardown(() => page.close())
  await page.clock.install()
  await page.goto(server.url)
  const waiting = page.getByRole('region', {name: 'Waiting for you'})
  await waiting.getByText('Nothing waits for you.').waitFor()
  let requests = 0
  let release = () => {}
  const isReleased = new Promise<void>(resolve => {
    release = resolve
  })
  await page.route('**/api/v1/me/tasks*', async route => {
    requests++
    await isReleased
    await route.continue()
  })
  const requested = page.waitForRequest('**/api/v1/me/tasks*')
  await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await requested
  await page.clock.runFor(5_000)
  release()
  await waiting.getByRole('link', {name: /Fill the tank/}).waitFor()
  t.is(requests, 1)
})

test.serial(
  'the dashboard counts the unread notifications of a project, and “My work” shows the tasks and questions in groups',
  async t => {
    const board = await createBoard(server)
    const {user_id} = await board.ada.caller()
    const [tank, engine, count] = Object.values(board.tasks)
    for (const id of [tank, engine, count]) await board.ada.put(`/tasks/${id}/ownership`)
    await board.ada.put(`/tasks/${engine}/status`, {status: 'in_progress'})
    await board.ada.put(`/tasks/${count}/blockers/${tank}`)
    const {page} = await board.open(t, 'ada', '/')
    const project = page.getByRole('region', {name: board.project.name, exact: true})
    await project.getByText('Velocity').waitFor()
    const question = {question: 'With which fuel?', assignee_user_id: user_id}
    await board.bob.post(`/projects/${board.project.id}/escalations`, question)
    await board.bob.post(`/tasks/${tank}/comments`, {body: 'Mind the valve'})
    await project.getByText('2 unread').waitFor()
    t.regex(await page.title(), /^\(2\) /)
    const {items} = (await board.ada.get('/notifications')).body
    await board.ada.put(`/notifications/${items[0].id}/read`)
    await project.getByText('1 unread').waitFor()

    await page.getByRole('banner').getByRole('link', {name: 'My work'}).click()
    const group = (name: string) => page.getByRole('region', {name})
    const task = (name: string, title: RegExp) => group(name).getByRole('link', {name: title}).waitFor()
    await group('Waiting for you').getByText('With which fuel?').waitFor()
    await task('In progress', /Light the engine/)
    await task('Blocked', /Count to zero/)
    await board.ada.put(`/tasks/${engine}/status`, {status: 'completed'})
    await task('Done in the last 7 days', /Light the engine/)

    await page.getByLabel('Filter by status').selectOption('Not started')
    await group('Blocked').waitFor({state: 'detached'})
    t.is(new URL(page.url()).search, '?show=to-do')
    await page.getByRole('banner').getByRole('link', {name: 'My work'}).click()
    await group('Blocked').waitFor()
    await page.goBack()
    await group('Blocked').waitFor({state: 'detached'})
    await page.getByLabel('Filter by status').selectOption('Everything')
    await group('Not started').getByRole('link').focus()
    await page.keyboard.press('ArrowDown')
    t.regex((await page.evaluate('document.activeElement.textContent')) as string, /Count to zero/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', {name: 'Count to zero'}).waitFor()
  },
)

test.serial(
  'the tasks of the backlog are created, opened and worked on at the page of the project',
  async t => {
    const board = await createBoard(server)
    const {ada, bob, project} = board
    const address = `/projects/${project.id}`
    const {body: story} = await ada.post(`${address}/stories`, {title: 'Return'})
    const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Open the parachute'})
    const {page} = await board.open(t, 'ada', `/tasks/${task.key}`)
    const panel = page.getByRole('dialog', {name: 'Open the parachute'})
    await panel.getByText('No comments yet.').waitFor()
    t.is(new URL(page.url()).pathname, address)
    await panel.getByRole('button', {name: 'Take', exact: true}).click()
    await panel.getByText('Owned', {exact: true}).waitFor()
    await until(async () => (await ada.get(`/tasks/${task.id}`)).body.status === 'owned')
    await bob.post(`/tasks/${task.id}/comments`, {body: 'At 3 km'})
    await panel.getByText('At 3 km').waitFor()
    await bob.patch(`/tasks/${task.id}`, {title: 'Open both parachutes'})
    await page.getByRole('dialog', {name: 'Open both parachutes'}).waitFor()
    await page.keyboard.press('Escape')

    await page.getByText('Backlog: 1 story').click()
    await page.getByRole('button', {name: 'Tasks of “Return”: 0 of 1 task done'}).click()
    const row = page.getByRole('link', {name: /Open both parachutes.*Owned · Ada/})
    await row.waitFor()
    await page.getByRole('button', {name: 'New task'}).click()
    const dialog = page.getByRole('dialog', {name: 'New task'})
    await dialog.getByLabel('Title').fill('Land')
    await dialog.getByRole('button', {name: 'Create task'}).click()
    await page.getByRole('link', {name: /Land.*Available/}).waitFor()
    const {body: backlog} = await ada.get(`${address}/backlog`)
    const land = backlog.stories[0].tasks.find((task: {title: string}) => task.title === 'Land')
    await bob.put(`/tasks/${land.id}/ownership`)
    await page.getByRole('link', {name: /Land.*Owned · Bob/}).waitFor()
    await ada.delete(`/tasks/${task.id}/ownership`)
    await page.getByRole('link', {name: /Open both parachutes.*Available/}).click()
    await page.getByRole('dialog', {name: 'Open both parachutes'}).getByText('At 3 km').waitFor()

    // What is typed stays when the story moves away.
    const moved = page.getByRole('dialog', {name: 'Open both parachutes'})
    await moved.getByRole('button', {name: 'More actions'}).click()
    await page.getByRole('menuitem', {name: 'Edit…'}).click()
    const edit = page.getByRole('dialog', {name: 'Edit task'})
    await edit.getByLabel('Title').fill('Open all parachutes')
    await bob.patch(`/stories/${story.id}`, {sprint_id: board.sprint.id})
    await page.getByText(`This task is in the sprint “${board.sprint.name}”.`).waitFor({state: 'attached'})
    await edit.getByRole('button', {name: 'Save changes'}).click()
    await edit.waitFor({state: 'detached'})
    t.is((await ada.get(`/tasks/${task.id}`)).body.title, 'Open all parachutes')
    await page.getByText(`This task is in the sprint “${board.sprint.name}”.`).waitFor()
    // The panel follows the story: into another sprint, back into the backlog, and into the first sprint again.
    const {body: next} = await ada.post(`${address}/sprints`, {name: 'Sprint 2'})
    await bob.patch(`/stories/${story.id}`, {sprint_id: next.id})
    await page.getByText('This task is in the sprint “Sprint 2”.').waitFor()
    await bob.patch(`/stories/${story.id}`, {sprint_id: null})
    await page.getByRole('dialog', {name: 'Open all parachutes'}).getByText('At 3 km').waitFor()
    await bob.patch(`/stories/${story.id}`, {sprint_id: board.sprint.id})
    await page.getByText(`This task is in the sprint “${board.sprint.name}”.`).waitFor()
    await page.getByRole('link', {name: `Open ${board.sprint.name}`, exact: true}).click()
    await page.getByRole('dialog', {name: 'Open all parachutes'}).getByText('At 3 km').waitFor()
    t.is(new URL(page.url()).pathname, board.path)
  },
)

test.serial(
  'the question of a task of the backlog opens the task, and an unsent comment stays readable when the task is deleted',
  async t => {
    const board = await createBoard(server)
    const {ada, bob, root, project} = board
    const {body: story} = await ada.post(`/projects/${project.id}/stories`, {title: 'Return'})
    const {body: task} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Open the parachute'})
    const assignee_user_id = (await ada.caller()).user_id
    const question = {question: 'At which height?', task_id: task.id, assignee_user_id}
    await bob.post(`/projects/${project.id}/escalations`, question)
    const {page} = await board.open(t, 'ada', '/')
    await page.getByRole('button', {name: 'Open task'}).click()
    const panel = page.getByRole('dialog', {name: 'Open the parachute'})
    await panel.locator('.question[data-target]').getByText('At which height?').waitFor()
    t.is(await page.locator('.question[data-target]').count(), 1)
    await panel.getByLabel('Comment', {exact: true}).fill('At 3 km')
    await root.delete(`/tasks/${task.id}`)
    await page.getByText('This task was deleted.').waitFor()
    await page.getByText('At 3 km').waitFor()
  },
)

test.serial('a backlog that is too large for a page says what the viewer can do', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada', '/')
  await page.route('**/backlog', route =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({code: 'backlog-too-large', detail: 'Move stories into sprints.'}),
    }),
  )
  await page.goto(`${server.url}/projects/${board.project.id}#WEB-1`)
  await page.getByText('Could not load the task. Move stories into sprints.').waitFor()
  t.pass()
})

test.serial(
  'a story moves between the backlog and a sprint by drag and in its menu, and the move can be undone',
  async t => {
    const board = await createBoard(server)
    const {ada, project, sprint} = board
    const address = `/projects/${project.id}`
    const {body: story} = await ada.post(`${address}/stories`, {title: 'Return'})
    const {page} = await board.open(t, 'ada', address)
    await page.getByText('Backlog: 1 story').click()
    const grip = page.getByRole('button', {name: 'Move: Return'})
    const block = page.locator('.sprint-block', {hasText: sprint.name})
    await block.getByText('1 story').waitFor()
    await grip.hover()
    await page.mouse.down()
    const {x, y} = (await block.boundingBox())!
    await page.mouse.move(x + 60, y + 20, {steps: 5})
    await page.locator('.sprint-block[data-over]').waitFor()
    await page.mouse.up()
    await block.getByText('2 stories').waitFor()
    const sprintIdOf = async () => (await ada.get(`/stories/${story.id}`)).body.sprint_id
    t.is(await sprintIdOf(), sprint.id)
    t.is(await page.locator('[data-over]').count(), 0)
    await page.getByText('Story moved to the sprint').waitFor()
    await page.keyboard.press('Control+z')
    await page.getByText('Backlog: 1 story').waitFor()
    t.is(await sprintIdOf(), null)

    await page.getByText('Backlog: 1 story').click()
    await grip.press('Enter')
    await page.getByRole('menuitem', {name: sprint.name}).click()
    await block.getByText('2 stories').waitFor()
    await block.getByText('2 stories').click()
    await grip.press('Enter')
    await page.getByRole('menuitem', {name: 'The backlog'}).click()
    await page.getByText('Backlog: 1 story').waitFor()
    t.is(await sprintIdOf(), null)
  },
)

test.serial('a file is previewed and imported, and viewers can only export', async t => {
  const board = await createBoard(server)
  const address = `/projects/${board.project.id}`
  const {page} = await board.open(t, 'ada', address)
  const openMenu = (page: Page) => page.getByRole('button', {name: /^Import and export/}).click()
  await openMenu(page)
  await page.getByRole('menuitem', {name: 'Import…'}).click()
  const dialog = page.getByRole('dialog', {name: `Import into ${board.project.name}`})
  const choose = (name: string, text: string) =>
    dialog.locator('input[type=file]').setInputFiles({name, mimeType: '', buffer: Buffer.from(text)})
  await choose('board.json', '{"cards": ')
  await dialog.getByText('it is not valid JSON').waitFor()
  await dialog.getByRole('button', {name: 'Choose another file'}).click()
  await choose('tasks.csv', 'title,story,status\n"Pack, then close",Landing,Doing\nWave,Landing,Done\n')
  await dialog.getByText('2 tasks and 1 story').waitFor()
  t.is(await dialog.getByLabel('Format').inputValue(), 'csv')
  t.is((await board.ada.get(`${address}/stories`)).body.items.length, 1, 'a preview changes nothing')
  await dialog.getByRole('button', {name: 'Import 2 tasks'}).click()
  await dialog.getByText('tasks.csv was imported.').waitFor()
  await dialog.getByRole('button', {name: 'Close'}).last().click()
  await page.getByText('Backlog: 1 story').waitFor()

  const vic = await board.open(t, 'vic', address)
  await openMenu(vic.page)
  t.is(await vic.page.getByRole('menuitem', {name: 'Import…'}).count(), 0)
  const [download] = await Promise.all([
    vic.page.waitForEvent('download'),
    vic.page.getByRole('menuitem', {name: 'Export as CSV'}).click(),
  ])
  t.is(download.suggestedFilename(), `${board.project.key}.csv`)
})
