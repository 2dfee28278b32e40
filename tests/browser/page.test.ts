// Tests the live board in a real browser: the changes of a member appear for other members, and the parts of the page that
// are loaded only when they are needed.
import {isLive, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {startTamperingProxy} from '../helpers/tampering-proxy.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

test.serial(
  'when a member takes, starts and releases a task, another member sees the owner, a flash and a note',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
    await bob.page.evaluate('window.stays = true')

    await ada.card('Fill the tank').getByRole('button', {name: 'Take'}).click()
    await bob.sees('Fill the tank', 'Owned')
    await bob.hasNoted('Ada took a task')
    t.is(await bob.card('Fill the tank').locator('.card-owner').innerText(), 'A\nAda')
    t.is(await ada.card('Fill the tank').locator('.card-owner').innerText(), 'A\nYou')
    t.true((await bob.flashed()).includes('Fill the tank'))

    await ada.card('Fill the tank').getByRole('button', {name: 'Start'}).click()
    await bob.sees('Fill the tank', 'In progress')
    await ada.card('Fill the tank').press(' ')
    await bob.sees('Fill the tank', 'Available')
    await bob.card('Fill the tank').getByText('No owner').waitFor()

    t.is((await bob.notes())[0], 'Ada took a task: Fill the tank')
    t.deepEqual(await ada.notes(), [])
    t.deepEqual(await ada.flashed(), [])
    t.true(await bob.page.evaluate('window.stays'))
  },
)

test.serial(
  'a member who takes a task too late sees the task’s owner in a warning and on the board',
  async t => {
    const board = await createBoard(server)
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
  },
)

test.serial(
  'tasks can be taken, moved and filtered with the keyboard, and the shortcuts can be disabled',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const {page, card, sees} = await board.open(t, 'ada')
    const focused = () =>
      page.evaluate('document.activeElement.closest("[data-task]")?.querySelector(".card-title").innerText')

    await page.keyboard.press('ArrowDown')
    t.is(await focused(), 'Fill the tank')
    await page.keyboard.press('ArrowDown')
    t.is(await focused(), 'Light the engine')
    await page.keyboard.press(' ')
    await sees('Light the engine', 'Owned')
    await untilInPage(page, `document.activeElement.closest('[data-task]')?.dataset.status === 'owned'`)
    t.is(await focused(), 'Light the engine')
    await page.keyboard.press('ArrowLeft')
    t.is(await focused(), 'Fill the tank')
    await page.keyboard.press('ArrowRight')
    t.is(await focused(), 'Light the engine')

    await page.keyboard.press('m')
    await untilInPage(page, `document.activeElement.innerText === 'Available'`)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await sees('Light the engine', 'In progress')
    await untilInPage(page, `document.activeElement.closest('[data-task]')?.dataset.status === 'in_progress'`)

    await page.keyboard.press('n')
    await page.getByRole('dialog', {name: 'New task'}).waitFor()
    await page.keyboard.press('Escape')

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

test.serial('when a task cannot be taken, pressing Space on the task shows the reason', async t => {
  const board = await createBoard(server)
  await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await board.bob.put(`/tasks/${board.tasks['Count to zero']}/status`, {status: 'cancelled'})
  const ada = await board.open(t, 'ada')
  await ada.card('Fill the tank').press(' ')
  await ada.page.getByRole('alert').getByText('Bob owns this task').waitFor()
  await ada.card('Count to zero').press(' ')
  await ada.page.getByRole('alert').getByText('This task is cancelled').waitFor()
  t.is(await ada.page.getByRole('alert').filter({hasText: /./}).count(), 1)
})

test.serial('a card can be dragged to every column, but not the card of another owner', async t => {
  const board = await createBoard(server)
  await board.bob.put(`/tasks/${board.tasks['Count to zero']}/ownership`)
  const ada = await board.open(t, 'ada')
  await ada.card('Fill the tank').dragTo(ada.column('In progress'))
  await ada.sees('Fill the tank', 'In progress')
  await ada.card('Fill the tank').dragTo(ada.column('Completed'))
  await ada.sees('Fill the tank', 'Completed')
  await ada.card('Light the engine').dragTo(ada.column('Completed'))
  await ada.sees('Light the engine', 'Completed')
  await ada.card('Count to zero').dragTo(ada.column('Completed'))
  await ada.card('Fill the tank').dragTo(ada.column('Owned'))
  await ada.sees('Fill the tank', 'Owned')
  const status = async (title: string) => (await board.ada.get(`/tasks/${board.tasks[title]}`)).body.status
  await until(async () => (await status('Fill the tank')) === 'owned')
  await until(async () => (await status('Light the engine')) === 'completed')
  t.is(await status('Count to zero'), 'owned')
  t.deepEqual(await ada.notes(), [])
})

test.serial(
  'on a phone, the page is not wider than the screen, and a card can be taken and moved',
  async t => {
    const board = await createBoard(server)
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
  },
)

test.serial('long words do not widen the page or the task panel', async t => {
  const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
  const {ada, project, sprint, open} = await createBoard(server)
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

test.serial('an offline board shows its last state, and is updated when the network returns', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const ada = await board.open(t, 'ada')
  await ada.context.setOffline(true)
  await ada.page.locator('.connection[data-status=offline]').waitFor()
  t.is(await ada.page.locator('.connection-label').innerText(), 'Offline')
  await ada.page
    .getByText(/^You are offline\. This page was last updated at \d.*\. Changes cannot be saved\.$/)
    .waitFor()
  await ada.card('Light the engine').getByRole('button', {name: 'Take'}).click()
  await ada.page.getByRole('alert').getByText('The server did not respond').waitFor()
  await ada.sees('Light the engine', 'Available')
  await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await ada.context.setOffline(false)
  await isLive(ada.page)
  await ada.sees('Fill the tank', 'Owned')
  await ada.page.getByText('You are offline.').waitFor({state: 'detached'})
})

test.serial('a viewer sees the board and cannot change it', async t => {
  const board = await createBoard(server)
  const vic = await board.open(t, 'vic')
  await vic.card('Fill the tank').waitFor()
  t.is(await vic.page.getByRole('button', {name: /^(Take|New|Edit)/}).count(), 0)
  await vic.card('Fill the tank').press(' ')
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.status, 'available')
})

test.serial(
  'when an open sprint is deleted, the page shows that the sprint was not found, and still shows this after a reload',
  async t => {
    const board = await createBoard(server)
    const ada = await board.open(t, 'ada')
    await board.root.delete(`/sprints/${board.sprint.id}`)
    await ada.page.getByRole('heading', {name: 'Sprint not found'}).waitFor()
    await ada.page.reload()
    await ada.page.getByRole('heading', {name: 'Sprint not found'}).waitFor()
    await ada.page.getByRole('link', {name: 'All projects'}).click()
    await ada.page.getByText('Backlog').waitFor()
    t.pass()
  },
)

test.serial('a sprint that is deleted before a hidden tab has shown its board was not found', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  t.teardown(() => page.close())
  // A hidden tab has no animation frames.
  await page.addInitScript(`
    const request = requestAnimationFrame
    const held = []
    requestAnimationFrame = callback => held.push(callback)
    becomeVisible = () => {
      requestAnimationFrame = request
      for (const callback of held.splice(0)) request(callback)
    }`)
  await page.reload()
  await isLive(page)
  t.is(await page.locator('[data-task]').count(), 0)
  await board.root.delete(`/sprints/${board.sprint.id}`)
  await page.getByRole('heading', {name: 'Sprint not found'}).waitFor()
  await page.evaluate('becomeVisible()')
  await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  t.is(await page.getByRole('heading').innerText(), 'Sprint not found')
})

test.serial(
  'behind a proxy that holds streams back, the page becomes live, shows the changes of others, and its badge says why it uses long polls',
  async t => {
    const {url} = await startTamperingProxy(t, server.url, {holdsStreams: true})
    const board = await createBoard({...server, url})
    const bob = await board.open(t, 'bob')
    await board.ada.put(`/tasks/${board.task.id}/ownership`)
    await bob.sees('Fill the tank', 'Owned')
    const badge = bob.page.locator('.connection[title*="long polling"]')
    t.is(await badge.innerText(), 'Live')
  },
)

test.serial(
  'the dialogs, the panel and the other screens are loaded when the member first moves the pointer',
  async t => {
    const board = await createBoard(server)
    const {page} = await board.open(t, 'ada')
    const isLoaded = (name: string) =>
      page.evaluate(
        `performance.getEntriesByType('resource').some(({name}) => name.includes('/${name}-') && name.endsWith('.js'))`,
      )
    const names = ['dialogs', 'home-page', 'sign-in']
    for (const name of names) t.false(await isLoaded(name), name)
    await page.mouse.move(300, 300)
    for (const name of names) await until(() => isLoaded(name))
  },
)

test.serial('a dialog whose code could not be loaded says so, and is loaded again', async t => {
  const board = await createBoard(server)
  const {page, card} = await board.open(t, 'ada')
  await page.route('**/assets/dialogs-*', route => route.abort())
  await page.getByRole('radio', {name: 'By story'}).check()
  // A change does not need the code that undoes it.
  await page.getByLabel(/^Story status/).selectOption('Ready')
  await until(async () => (await board.ada.get(`/stories/${board.story.id}`)).body.status === 'ready')
  await card('Fill the tank').getByText('Fill the tank').click()
  const failure = page.getByRole('dialog', {name: 'Could not load this part of the page'})
  await failure.getByRole('button', {name: 'Try again'}).waitFor()
  await page.unroute('**/assets/dialogs-*')
  await failure.getByRole('button', {name: 'Try again'}).click()
  await page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
  await page.getByText('No comments yet.').waitFor()
  t.is(await failure.count(), 0)
  const panel = page.locator('.panel-details')
  t.is(
    await panel.evaluate(element => getComputedStyle(element).display),
    'grid',
    'the style sheet is loaded',
  )
})

test.serial(
  'while the panel is loading, the rest of the page stays usable, but keys do nothing there',
  async t => {
    const board = await createBoard(server)
    const {page, card} = await board.open(t, 'ada')
    let release = () => {}
    const isReleased = new Promise<void>(resolve => {
      release = resolve
    })
    await page.route('**/assets/dialogs-*', async route => {
      await isReleased
      await route.continue()
    })
    await card('Fill the tank').getByText('Fill the tank').click()
    await page.keyboard.press('q')
    const mine = page.getByRole('button', {name: 'My tasks'})
    t.is(await mine.getAttribute('aria-pressed'), 'false')
    const pending = page.locator('dialog[data-kind=side]')
    await pending.getByRole('progressbar', {name: 'Loading'}).waitFor()
    await mine.click({trial: true})
    release()
    await page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
    t.is(await page.getByRole('dialog').count(), 1)
  },
)

test.serial('a screen whose code could not be loaded says so, and is loaded again', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  await page.route('**/assets/home-page-*.js', route => route.abort())
  await page.getByRole('link', {name: board.project.name}).click()
  await page.getByRole('heading', {name: 'Could not load this page'}).waitFor()
  await page.getByRole('button', {name: 'Try again'}).click()
  await page.getByRole('heading', {name: 'Could not load this page'}).waitFor()
  await page.unroute('**/assets/home-page-*.js')
  await page.getByRole('button', {name: 'Try again'}).click()
  await page.getByRole('heading', {name: board.project.name, level: 1}).waitFor()

  // After a deployment, only the new page names files that the server has.
  const other = await board.open(t, 'ada')
  await other.page.route('**/assets/home-page-*.js', route => route.fulfill({status: 404}))
  await other.page.getByRole('link', {name: board.project.name}).click()
  await other.page.getByRole('heading', {name: 'Could not load this page'}).waitFor()
  await other.page.unroute('**/assets/home-page-*.js')
  await other.page.getByRole('button', {name: 'Reload page'}).click()
  await other.page.getByRole('heading', {name: board.project.name, level: 1}).waitFor()
  t.pass()
})
