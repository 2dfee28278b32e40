// The live board in a real browser: what one member does, the others see.
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

test.serial('what one takes, starts and releases, the other sees with owner, flash and toast', async t => {
  t.timeout(120_000)
  const board = await newBoard()
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
  await bob.page.evaluate('window.stays = true')

  await ada.card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await bob.sees('Fill the tank', 'Owned')
  await bob.page.getByText('Task claimed').waitFor()
  t.is(await bob.card('Fill the tank').locator('.card-owner').innerText(), 'A\nAda')
  t.true((await bob.flashed()).includes('Fill the tank'))

  await bob.page.getByText('Task claimed').waitFor({state: 'detached'})
  await ada.card('Fill the tank').getByRole('button', {name: 'Start'}).click()
  await bob.sees('Fill the tank', 'In progress')
  await bob.page.getByText('Task status updated').waitFor()

  await bob.page.getByText('Task status updated').waitFor({state: 'detached'})
  await ada.card('Fill the tank').press(' ')
  await bob.sees('Fill the tank', 'Available')
  await bob.page.getByText('Task released').waitFor()

  t.deepEqual(await bob.said(), [
    'Task claimed: Ada · Fill the tank',
    'Task status updated: Ada · Fill the tank → In progress',
    'Task released: Ada · Fill the tank',
  ])
  t.deepEqual(await ada.said(), [])
  t.deepEqual(await ada.flashed(), [])
  t.true(await bob.page.evaluate('window.stays'))
})

test.serial('many changes within two seconds are told as one', async t => {
  const board = await newBoard()
  const bob = await board.open(t, 'bob')
  for (const id of Object.values(board.tasks)) await board.ada.put(`/tasks/${id}/ownership`)
  await bob.page.getByText('3 changes').waitFor()
  t.is((await bob.said()).at(-1), '3 changes: Ada · Fill the tank and 2 more')
  t.is(await bob.page.locator('.toast').count(), 1)
})

test.serial('who loses a race is told who was faster, and the board is as the other made it', async t => {
  const board = await newBoard()
  const id = board.tasks['Fill the tank']!
  const ada = await board.open(t, 'ada')
  await ada.page.route(`**/tasks/${id}/ownership`, async route => {
    await board.bob.put(`/tasks/${id}/ownership`)
    await route.continue()
  })
  await ada.card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await ada.page.getByRole('alert').getByText('Bob was faster').waitFor()
  await ada.sees('Fill the tank', 'Owned')
  await ada.card('Fill the tank').getByText('Bob', {exact: true}).waitFor()
  t.is(await ada.card('Fill the tank').getAttribute('data-mine'), null)
})

test.serial(
  'the keyboard alone takes, moves, filters and asks for help, and can be switched off',
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

test.serial('Space on what another has, or what is closed, says why it cannot be taken', async t => {
  const board = await newBoard()
  await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await board.bob.put(`/tasks/${board.tasks['Count to zero']}/status`, {status: 'cancelled'})
  const ada = await board.open(t, 'ada')
  await ada.card('Fill the tank').press(' ')
  await ada.page.getByRole('alert').getByText('Bob has this task').waitFor()
  await ada.card('Count to zero').press(' ')
  await ada.page.getByRole('alert').getByText('This task is cancelled').waitFor()
  t.is(await ada.page.getByRole('alert').count(), 1)
})

test.serial('a card that is dragged goes where it may go, and nowhere else', async t => {
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
  t.deepEqual(await ada.said(), [])
})

test.serial('on a phone nothing is cut off, and a card is taken and moved by touch', async t => {
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

test.serial('names without a space stay on the page, and the panel within itself', async t => {
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

test.serial('tasks are added, edited, discussed and deleted, and others see it', async t => {
  t.timeout(120_000)
  const board = await newBoard()
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
  await ada.page.getByRole('button', {name: 'Task', exact: true}).click()
  await ada.page.getByLabel('Title').fill('Pack lunch')
  await ada.page.getByLabel('Estimated hours').fill('0.5')
  await ada.page.getByRole('button', {name: 'Add task'}).click()
  await bob.sees('Pack lunch', 'Available')
  await bob.card('Pack lunch').getByText('0.5 h').waitFor()

  await ada.card('Pack lunch').getByRole('button', {name: 'Move or edit'}).click({force: true})
  await ada.page.getByRole('menuitem', {name: 'Edit'}).click()
  await ada.page.getByLabel('Title').fill('Pack lunch for two')
  await ada.page.getByRole('button', {name: 'Save'}).click()
  await bob.card('Pack lunch for two').waitFor()

  await bob.card('Pack lunch for two').getByRole('button', {name: 'Pack lunch for two', exact: true}).click()
  await ada.card('Pack lunch for two').getByRole('button', {name: 'Pack lunch for two', exact: true}).click()
  await ada.page.getByLabel('Write a comment').fill('With cheese, @Bob?')
  await ada.page.getByRole('button', {name: 'Comment', exact: true}).click()
  await bob.page.getByText('With cheese, @Bob?').first().waitFor()
  await bob.page.getByRole('button', {name: 'Notifications, 1 unread'}).waitFor()

  await ada.page.getByRole('button', {name: 'Delete task'}).click()
  await ada.page.getByRole('button', {name: 'Delete', exact: true}).click()
  await bob.page.getByText('This task is not on this board').waitFor()
  t.is(await bob.card('Pack lunch for two').count(), 0)
})

test.serial('by story the board shows counts, and a story is moved on', async t => {
  const board = await newBoard()
  const ada = await board.open(t, 'ada')
  await ada.page.getByLabel('By story').check()
  const group = ada.page.getByRole('region', {name: 'Reach orbit, 0 of 3 done'})
  await group.waitFor()
  t.is(await group.locator('[data-task]').count(), 3)
  await group.getByLabel('Status of the story Reach orbit').selectOption('Ready')
  await ada.page.reload()
  await isLive(ada.page)
  // The choice of the grouping was kept, and so was the status.
  t.is(await group.getByLabel('Status of the story Reach orbit').inputValue(), 'ready')
})

test.serial('notifications are in step on all devices of a member', async t => {
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

test.serial(
  'the dashboard shows questions, which are answered there, and what happens as it happens',
  async t => {
    const board = await newBoard()
    const [ada, bob] = [await board.open(t, 'ada', '/'), await board.open(t, 'bob', '/')]
    await ada.page.getByRole('button', {name: 'Ask', exact: true}).click()
    await ada.page.getByLabel('Question', {exact: true}).fill('May we launch on Friday?')
    await ada.page.getByRole('dialog').getByRole('button', {name: 'Ask'}).click()
    await bob.page.getByText('May we launch on Friday?').waitFor()
    await bob.page.getByRole('button', {name: 'Answer', exact: true}).click()
    await bob.page.getByLabel('Your answer').fill('On Thursday.')
    await bob.page.getByRole('button', {name: 'Send answer'}).click()
    await ada.page.getByText('Nothing waits for an answer.').waitFor()
    await ada.page.getByText('Answered', {exact: true}).click()
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
    await bob.page.getByText('Nothing is planned yet').waitFor()
    t.pass()
  },
)

test.serial('a question about a task is asked beside its board, and leads back to it', async t => {
  const board = await newBoard()
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob', '/')]
  await ada.card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
  await ada.page.getByRole('button', {name: 'Ask a question about this task'}).click()
  await ada.page.getByLabel('Question', {exact: true}).fill('With which fuel?')
  await ada.page.getByLabel('For').selectOption('Bob')
  await ada.page.getByRole('dialog').getByRole('button', {name: 'Ask', exact: true}).click()
  await bob.page.getByText('Ada asks you').first().waitFor()
  await bob.page.getByRole('button', {name: 'Open the task'}).click()
  await bob.page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
  t.is(new URL(bob.page.url()).pathname, board.path)
})

test.serial(
  'offline the board stands, says of when it is, and moves on when the network is back',
  async t => {
    t.timeout(120_000)
    const board = await newBoard()
    const ada = await board.open(t, 'ada')
    await ada.context.setOffline(true)
    await ada.page.locator('.connection[data-status=offline]').waitFor()
    t.regex(await ada.page.locator('.connection-label').innerText(), /^Offline · last look at \d/)
    await ada.page.getByText('You are offline.').waitFor()
    await ada.card('Light the engine').getByRole('button', {name: 'Take'}).click()
    await ada.page.getByRole('alert').getByText('The server did not answer').waitFor()
    await ada.sees('Light the engine', 'Available')
    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await ada.context.setOffline(false)
    await isLive(ada.page)
    await ada.sees('Fill the tank', 'Owned')
    await ada.page.getByText('You are offline.').waitFor({state: 'detached'})
  },
)

test.serial('a viewer sees all and can change nothing', async t => {
  const board = await newBoard()
  const vic = await board.open(t, 'vic')
  await vic.card('Fill the tank').waitFor()
  t.is(await vic.page.getByRole('button', {name: /^(Take|Task|Story|Edit)/}).count(), 0)
  await vic.card('Fill the tank').press(' ')
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.status, 'available')
})

test.serial('a sprint that is not there, or is deleted while one looks, says so', async t => {
  const board = await newBoard()
  const ada = await board.open(t, 'ada')
  await board.root.delete(`/sprints/${board.sprint.id}`)
  await ada.page.getByRole('heading', {name: 'There is no such sprint'}).waitFor()
  await ada.page.reload()
  await ada.page.getByRole('heading', {name: 'There is no such sprint'}).waitFor()
  await ada.page.getByRole('link', {name: 'All projects'}).click()
  await ada.page.getByText('In no sprint').waitFor()
  t.pass()
})
