// The live board in a real browser: the changes of one member appear for the others.
import type {ExecutionContext} from 'ava'
import {type BoardWindow, isLive, openWindow} from '../helpers/board-window.ts'
import {closeBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer({page: await buildPage(), live: {heartbeatSeconds: 1}})
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
})

let organizations = 0

/** A new organization with a board of one story and the given tasks, all available. */
async function newBoard(titles: string[] = ['Fill the tank', 'Light the engine', 'Count to zero']) {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const tasks: Record<string, string> = {[team.task.title]: team.task.id}
  for (const title of titles.slice(1)) {
    tasks[title] = (await team.ada.post(`/stories/${team.story.id}/tasks`, {title})).body.id
  }
  const path = `/sprints/${team.sprint.id}`
  const open = (t: ExecutionContext, sub: 'ada' | 'bob' | 'vic' | 'root', at = path) => {
    const role = {ada: 'member', bob: 'member', vic: 'viewer', root: 'admin'} as const
    const name = sub[0]!.toUpperCase() + sub.slice(1)
    return openWindow(t, server, {sub, org, role: role[sub], name}, at)
  }
  return {...team, tasks, path, open}
}

test.serial(
  'taking, starting and releasing a task appears for others with owner, flash and toast',
  async t => {
    t.timeout(120_000)
    const board = await newBoard()
    const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
    await bob.page.evaluate('window.stays = true')

    await ada.card('Fill the tank').getByRole('button', {name: 'Take'}).click()
    await bob.sees('Fill the tank', 'Owned')
    await bob.page.getByText('Ada took a task').waitFor()
    t.is(await bob.card('Fill the tank').locator('.card-owner').innerText(), 'A\nAda')
    t.true((await bob.flashed()).includes('Fill the tank'))

    await ada.card('Fill the tank').getByRole('button', {name: 'Start'}).click()
    await bob.sees('Fill the tank', 'In progress')
    await ada.card('Fill the tank').press(' ')
    await bob.sees('Fill the tank', 'Available')
    await bob.card('Fill the tank').getByText('No owner').waitFor()

    t.is((await bob.toasts())[0], 'Ada took a task: Fill the tank')
    t.deepEqual(await ada.toasts(), [])
    t.deepEqual(await ada.flashed(), [])
    t.true(await bob.page.evaluate('window.stays'))
  },
)

test.serial('changes in quick succession share one toast', async t => {
  const board = await newBoard()
  const bob = await board.open(t, 'bob')
  for (const id of Object.values(board.tasks)) await board.ada.put(`/tasks/${id}/ownership`)
  await bob.page.getByText('3 changes by Ada').waitFor()
  t.is((await bob.toasts()).at(-1), '3 changes by Ada: Fill the tank and 2 more')
  t.is(await bob.page.locator('.toast').count(), 1)
})

test.serial('a member who loses a race sees the new owner in a warning and on the board', async t => {
  const board = await newBoard()
  const id = board.tasks['Fill the tank']!
  const ada = await board.open(t, 'ada')
  await ada.page.route(`**/tasks/${id}/ownership`, async route => {
    await board.bob.put(`/tasks/${id}/ownership`)
    await route.continue()
  })
  await ada.card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await ada.page.getByRole('alert').getByText('Bob took this task first').waitFor()
  await ada.sees('Fill the tank', 'Owned')
  await ada.card('Fill the tank').getByText('Bob', {exact: true}).waitFor()
  t.is(await ada.card('Fill the tank').getAttribute('data-mine'), null)
})

test.serial(
  'tasks are taken, moved and filtered from the keyboard, and shortcuts can be disabled',
  async t => {
    t.timeout(120_000)
    const board = await newBoard()
    const {page, card, sees} = await board.open(t, 'ada')
    const focused = () =>
      page.evaluate('document.activeElement.closest("[data-task]")?.innerText.split("\\n")[0]')

    await page.keyboard.press('ArrowDown')
    t.is(await focused(), 'Fill the tank')
    await page.keyboard.press('ArrowDown')
    t.is(await focused(), 'Light the engine')
    await page.keyboard.press(' ')
    await sees('Light the engine', 'Owned')
    await page.waitForFunction(`document.activeElement.closest('[data-task]')?.dataset.status === 'owned'`)
    t.is(await focused(), 'Light the engine')
    await page.keyboard.press('ArrowLeft')
    t.is(await focused(), 'Fill the tank')
    await page.keyboard.press('ArrowRight')
    t.is(await focused(), 'Light the engine')

    await page.keyboard.press('m')
    t.is(await page.evaluate('document.activeElement.innerText'), 'Available')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await sees('Light the engine', 'In progress')
    await page.waitForFunction(
      `document.activeElement.closest('[data-task]')?.dataset.status === 'in_progress'`,
    )

    await page.keyboard.press('q')
    await card('Fill the tank').waitFor({state: 'detached'})
    await page.keyboard.press('q')
    await card('Fill the tank').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('zero')
    await card('Light the engine').waitFor({state: 'detached'})
    t.is(await page.locator('[data-task]').count(), 1)
    await page.keyboard.press('Escape')
    await card('Light the engine').waitFor()

    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({state: 'detached'})

    await page.keyboard.press('?')
    await page.getByRole('switch').press(' ')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({state: 'detached'})
    await card('Count to zero').focus()
    await page.keyboard.press(' ')
    await page.keyboard.press('q')
    await page.keyboard.press('/')
    t.is(await page.evaluate('document.activeElement.tagName'), 'ARTICLE')
    t.is(await card('Fill the tank').count(), 1)
    t.is((await board.ada.get(`/tasks/${board.tasks['Count to zero']}`)).body.status, 'available')
  },
)

test.serial('Space on a task that cannot be taken shows the reason', async t => {
  const board = await newBoard()
  await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await board.bob.put(`/tasks/${board.tasks['Count to zero']}/status`, {status: 'cancelled'})
  const ada = await board.open(t, 'ada')
  await ada.card('Fill the tank').press(' ')
  await ada.page.getByRole('alert').getByText('Bob owns this task').waitFor()
  await ada.card('Count to zero').press(' ')
  await ada.page.getByRole('alert').getByText('This task is cancelled').waitFor()
  t.is(await ada.page.getByRole('alert').count(), 1)
})

test.serial('a card can be dragged only to columns that the rules allow', async t => {
  const board = await newBoard()
  const ada = await board.open(t, 'ada')
  await ada.card('Fill the tank').dragTo(ada.column('In progress'))
  await ada.sees('Fill the tank', 'In progress')
  await ada.card('Fill the tank').dragTo(ada.column('Completed'))
  await ada.sees('Fill the tank', 'Completed')
  await ada.card('Light the engine').dragTo(ada.column('Completed'))
  await ada.card('Count to zero').dragTo(ada.column('Owned'))
  await ada.sees('Count to zero', 'Owned')
  const status = async (title: string) => (await board.ada.get(`/tasks/${board.tasks[title]}`)).body.status
  t.is(await status('Fill the tank'), 'completed')
  t.is(await status('Light the engine'), 'available')
  t.deepEqual(await ada.toasts(), [])
})

test.serial('on a phone nothing is cut off, and a card can be taken and moved', async t => {
  const board = await newBoard()
  const {page, card, sees} = await board.open(t, 'ada')
  await page.setViewportSize({width: 360, height: 740})
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  t.is(await page.evaluate(overflow), 0)
  await card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await sees('Fill the tank', 'Owned')
  await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click()
  await page.getByRole('menuitem', {name: 'In progress'}).click()
  await sees('Fill the tank', 'In progress')
  await card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
  await page.getByRole('dialog').waitFor()
  t.is(await page.evaluate(overflow), 0)
})

test.serial('long words do not widen the page or the task panel', async t => {
  const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
  const {ada, project, sprint, open} = await newBoard()
  await ada.patch(`/sprints/${sprint.id}`, {name: long, goal: long})
  const story = {title: long, sprint_id: sprint.id}
  const {body} = await ada.post(`/projects/${project.id}/stories`, story)
  await ada.post(`/stories/${body.id}/tasks`, {title: long, description: long})
  const {page, card} = await open(t, 'ada')
  const overflow = (element: string) => page.evaluate(`${element}.scrollWidth - ${element}.clientWidth`)
  await page.setViewportSize({width: 390, height: 844})
  t.is(await overflow('document.documentElement'), 0)
  await card(long).last().getByRole('button', {name: long, exact: true}).click()
  await page.getByRole('dialog').waitFor()
  t.is(await overflow(`document.querySelector('dialog')`), 0)
  await page.goto(new URL('/', page.url()).href)
  await page.getByRole('heading', {name: long}).waitFor()
  t.is(await overflow('document.documentElement'), 0)
})

test.serial('tasks are created, edited, discussed and deleted for everyone', async t => {
  t.timeout(120_000)
  const board = await newBoard()
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

  await bob.card('Pack lunch for two').getByRole('button', {name: 'Pack lunch for two', exact: true}).click()
  await ada.card('Pack lunch for two').getByRole('button', {name: 'Pack lunch for two', exact: true}).click()
  await ada.page.getByLabel('Comment', {exact: true}).fill('With cheese, @Bob?')
  await ada.page.getByRole('button', {name: 'Comment', exact: true}).click()
  await bob.page.getByText('With cheese, @Bob?').first().waitFor()
  await bob.page.getByRole('button', {name: 'Notifications, 1 unread'}).waitFor()

  await ada.page.getByRole('button', {name: 'Delete task'}).click()
  const dialog = ada.page.getByRole('dialog', {name: 'Delete task?'})
  await dialog.getByRole('button', {name: 'Delete task'}).click()
  await bob.page.getByText('This task is not on this board').waitFor()
  t.is(await bob.card('Pack lunch for two').count(), 0)
})

test.serial('dates in the wrong order are reported under the end date, and can be corrected', async t => {
  const board = await newBoard()
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

test.serial('the board by story shows counts and changes the status of a story', async t => {
  const board = await newBoard()
  const ada = await board.open(t, 'ada')
  await ada.page.getByLabel('By story').check()
  const group = ada.page.getByRole('region', {name: 'Reach orbit, 0 of 3 done'})
  await group.waitFor()
  t.is(await group.locator('[data-task]').count(), 3)
  await group.getByLabel('Story status: Reach orbit').selectOption('Ready')
  await ada.page.reload()
  await isLive(ada.page)
  // Both the grouping and the status survive a reload.
  t.is(await group.getByLabel('Story status: Reach orbit').inputValue(), 'ready')
})

test.serial('reading notifications on one device updates the others', async t => {
  const board = await newBoard()
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

test.serial('questions are asked and answered on the dashboard, and activity appears live', async t => {
  const board = await newBoard()
  const [ada, bob] = [await board.open(t, 'ada', '/'), await board.open(t, 'bob', '/')]
  await ada.page.getByRole('button', {name: 'Ask a question'}).click()
  await ada.page.getByLabel('Question', {exact: true}).fill('May we launch on Friday?')
  await ada.page.getByRole('dialog').getByRole('button', {name: 'Ask question'}).click()
  await bob.page.getByText('May we launch on Friday?').waitFor()
  await bob.page.getByRole('button', {name: 'Answer', exact: true}).click()
  await bob.page.getByLabel('Your answer').fill('On Thursday.')
  await bob.page.getByRole('button', {name: 'Send answer'}).click()
  await ada.page.getByText('No open questions.').waitFor()
  await ada.page.getByText('Answered questions').click()
  await ada.page.getByText('On Thursday.').waitFor()

  await board.ada.post(`/projects/${board.project.id}/activity`, {
    type: 'workflow.error',
    workflow: 'Countdown',
    message: 'stopped at three',
  })
  await bob.page.getByText('Countdown failed: stopped at three').waitFor()
  await board.ada.put(`/stories/${board.story.id}/status`, {status: 'done'})
  await bob.page.getByText('1 of 1 story done').waitFor()
  await board.ada.post(`/projects/${board.project.id}/sprints`, {name: 'Sprint 2'})
  await bob.page.getByRole('link', {name: /Sprint 2/}).click()
  await bob.page.getByRole('heading', {name: 'Sprint 2'}).waitFor()
  await bob.page.getByText('No stories yet').waitFor()
  t.pass()
})

test.serial('a question about a task is asked on its board and links back to it', async t => {
  const board = await newBoard()
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob', '/')]
  await ada.card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
  await ada.page.getByRole('button', {name: 'Ask a question about this task'}).click()
  await ada.page.getByLabel('Question', {exact: true}).fill('With which fuel?')
  await ada.page.getByLabel('Assignee').selectOption('Bob')
  await ada.page.getByRole('dialog').getByRole('button', {name: 'Ask question'}).click()
  await bob.page.getByText('Ada asked you').first().waitFor()
  await bob.page.getByRole('button', {name: 'Open task'}).click()
  await bob.page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
  t.is(new URL(bob.page.url()).pathname, board.path)
})

test.serial(
  'offline the board shows its last state and its time, and updates when the network returns',
  async t => {
    t.timeout(120_000)
    const board = await newBoard()
    const ada = await board.open(t, 'ada')
    await ada.context.setOffline(true)
    await ada.page.locator('.connection[data-status=offline]').waitFor()
    t.regex(await ada.page.locator('.connection-label').innerText(), /^Offline · last updated \d/)
    await ada.page.getByText('You are offline.').waitFor()
    await ada.card('Light the engine').getByRole('button', {name: 'Take'}).click()
    await ada.page.getByRole('alert').getByText('The server did not respond').waitFor()
    await ada.sees('Light the engine', 'Available')
    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await ada.context.setOffline(false)
    await isLive(ada.page)
    await ada.sees('Fill the tank', 'Owned')
    await ada.page.getByText('You are offline.').waitFor({state: 'detached'})
  },
)

test.serial('a viewer sees the board and cannot change it', async t => {
  const board = await newBoard()
  const vic = await board.open(t, 'vic')
  await vic.card('Fill the tank').waitFor()
  t.is(await vic.page.getByRole('button', {name: /^(Take|New|Edit)/}).count(), 0)
  await vic.card('Fill the tank').press(' ')
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.status, 'available')
})

test.serial('a sprint that is deleted while it is open is reported, also after a reload', async t => {
  const board = await newBoard()
  const ada = await board.open(t, 'ada')
  await board.root.delete(`/sprints/${board.sprint.id}`)
  await ada.page.getByRole('heading', {name: 'Sprint not found'}).waitFor()
  await ada.page.reload()
  await ada.page.getByRole('heading', {name: 'Sprint not found'}).waitFor()
  await ada.page.getByRole('link', {name: 'All projects'}).click()
  await ada.page.getByText('Backlog').waitFor()
  t.pass()
})
