// Tests in Chromium that members plan a sprint, and order and drag cards, with the mouse, a finger, the keyboard and menus.

import type {Locator, Page} from 'playwright-core'
import {compareRanks} from '../../src/client/board.ts'
import type {BoardTask} from '../../src/client/client.ts'
import {longPressMs} from '../../src/page/board/drag-gesture.ts'
import {hold, refuse, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {Finger} from '../helpers/finger.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()
const titles = ['Fill the tank', 'Light the engine', 'Count to zero', 'Lift off']

/** An expression for the titles of a column's cards, from top to bottom. */
const order = (status = 'available') =>
  `[...document.querySelectorAll('.column[data-status=${status}] .card-title')].map(title => title.textContent).join()`
const isOrder = (...titles: string[]) => `${order()} === ${JSON.stringify(titles.join())}`

test.serial('a member drags a card to a place in its column, and all members see the same order', async t => {
  const board = await createBoard(server, titles)
  const [ada, bob] = await Promise.all([board.open(t, 'ada'), board.open(t, 'bob')])
  t.is(await ada.page.evaluate(order()), titles.join())
  const above = (await ada.card('Fill the tank').boundingBox())!
  await ada.card('Lift off').hover()
  await ada.page.mouse.down()
  await ada.page.mouse.move(above.x + 40, above.y + 6)
  await ada.page.locator('.drop-line:not([hidden])').waitFor()
  await ada.page.mouse.up()
  const moved = ['Lift off', 'Fill the tank', 'Light the engine', 'Count to zero']
  await untilInPage(ada.page, isOrder(...moved))
  await untilInPage(bob.page, isOrder(...moved))
  t.is(await ada.page.locator('.drop-line, .drag-ghost').count(), 0)
  t.is(await ada.page.getByRole('dialog').count(), 0)

  // Both members move cards at the same time.
  await ada.page.mouse.move(1, 1)
  await Promise.all([ada.card('Count to zero').focus(), bob.card('Lift off').focus()])
  await Promise.all([
    ada.page.keyboard.press('Alt+Shift+ArrowUp'),
    bob.page.keyboard.press('Alt+Shift+ArrowDown'),
  ])
  const both = ['Fill the tank', 'Lift off', 'Count to zero', 'Light the engine']
  await untilInPage(ada.page, isOrder(...both))
  await untilInPage(bob.page, isOrder(...both))
})

test.serial('a finger drags a card to a place in its column after a long press', async t => {
  const board = await createBoard(server, titles)
  const {page, card} = await board.open(t, 'ada')
  await page.setViewportSize({width: 390, height: 844})
  const above = (await card('Light the engine').boundingBox())!
  const {x, y} = (await card('Lift off').boundingBox())!
  const finger = await Finger.of(page)
  await finger.down(x + 40, y + 20)
  await page.locator('.drag-ghost').waitFor()
  await finger.move(above.x + 40, above.y + 6)
  await page.locator('.drop-line:not([hidden])').waitFor()
  await finger.up()
  await untilInPage(page, isOrder('Fill the tank', 'Lift off', 'Light the engine', 'Count to zero'))
  await untilInPage(page, `document.querySelectorAll('[data-pending]').length === 0`)
  const {body} = await board.ada.get(`/sprints/${board.sprint.id}/board`)
  const ranked = body.stories[0].tasks.toSorted(compareRanks).map(({title}: BoardTask) => title)
  t.deepEqual(ranked, ['Fill the tank', 'Lift off', 'Light the engine', 'Count to zero'])
})

test.serial('a card that is dropped in another column keeps the place where it was dropped', async t => {
  const board = await createBoard(server, titles)
  for (const title of ['Fill the tank', 'Count to zero']) {
    await board.ada.put(`/tasks/${board.tasks[title]}/ownership`)
  }
  const {page, card, column, sees} = await board.open(t, 'ada')
  await dropAbove(page, card('Lift off'), card('Fill the tank'))
  await sees('Lift off', 'Owned')
  await untilInPage(page, `${order('owned')} === 'Lift off,Fill the tank,Count to zero'`)
  // The heading is no place among the cards, so the rank stays the same.
  const before = (await board.ada.get(`/tasks/${board.tasks['Light the engine']}`)).body.rank
  await card('Light the engine').dragTo(column('Owned').getByRole('heading'))
  await sees('Light the engine', 'Owned')
  await untilInPage(page, `document.querySelectorAll('[data-pending]').length === 0`)
  t.is((await board.ada.get(`/tasks/${board.tasks['Light the engine']}`)).body.rank, before)
})

test.serial(
  'the keyboard and the menu move a card, the focus stays on it, and the place is announced',
  async t => {
    const board = await createBoard(server, titles)
    const {page, card} = await board.open(t, 'ada')
    const places = page.getByRole('status').filter({hasText: / of 4/})
    await card('Fill the tank').focus()
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await places.getByText('Fill the tank: 2 of 4').waitFor()
    await untilInPage(page, isOrder('Light the engine', 'Fill the tank', 'Count to zero', 'Lift off'))
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await places.getByText('Fill the tank: 3 of 4').waitFor()
    await untilInPage(page, isOrder('Light the engine', 'Count to zero', 'Fill the tank', 'Lift off'))
    const focused = `document.activeElement?.closest('[data-task]')?.querySelector('.card-title').textContent`
    t.is(await page.evaluate(focused), 'Fill the tank')
    await page.keyboard.press('m')
    await page.getByRole('menuitem', {name: 'Move to top'}).click()
    await places.getByText('Fill the tank: 1 of 4').waitFor()
    await untilInPage(page, isOrder('Fill the tank', 'Light the engine', 'Count to zero', 'Lift off'))
    t.is(await page.evaluate(focused), 'Fill the tank')
    await page.keyboard.press('m')
    t.true(await page.getByRole('menuitem', {name: 'Move up'}).isDisabled())
  },
)

test.serial('a refused move returns the card to its place, and a note says why', async t => {
  const board = await createBoard(server, titles)
  const {page, card, notes} = await board.open(t, 'ada')
  await page.route('**/rank', route => refuse(route))
  await card('Fill the tank').focus()
  await page.keyboard.press('Alt+Shift+ArrowDown')
  await page.getByRole('alert').getByText('Change not saved').waitFor()
  await untilInPage(page, isOrder(...titles))
  t.true((await notes()).some(note => note.includes('Your role does not allow this change.')))
})

test.serial(
  'of a card that is dropped beside a deleted card, only the status changes, and only this is undone',
  async t => {
    const board = await createBoard(server, titles)
    const {page, card, sees} = await board.open(t, 'ada')
    await card('Count to zero').press(' ')
    await sees('Count to zero', 'Owned')
    await untilInPage(page, `document.querySelectorAll('[data-pending]').length === 0`)
    // The page does not know yet that another member has deleted the neighbour.
    await page.route('**/rank', route => refuse(route, 404, 'task-not-found'))
    await dropAbove(page, card('Lift off'), card('Count to zero'))
    await page.getByRole('alert').getByText('The card next to it was deleted.').waitFor()
    await sees('Lift off', 'Owned')
    await page.keyboard.press('Control+z')
    await sees('Lift off', 'Available')
    t.is((await board.ada.get(`/tasks/${board.tasks['Count to zero']}`)).body.status, 'owned')
  },
)

test.serial('a change that is refused after the member has left the board is reported', async t => {
  const board = await createBoard(server, titles)
  const {page, card, sees} = await board.open(t, 'ada')
  const refuseNow = await hold(page, 'PUT', '/ownership', refuse)
  await card('Fill the tank').press(' ')
  await sees('Fill the tank', 'Owned')
  await page.getByRole('link', {name: 'My work'}).click()
  await page.getByRole('heading', {name: 'My work'}).waitFor()
  refuseNow()
  await page.getByRole('alert').getByText('Your role does not allow this change.').waitFor()
  t.pass()
})

test.serial(
  'stories of the backlog move by their handle, the keyboard and the menu, in every window',
  async t => {
    const board = await createBoard(server)
    const paths: Record<string, string> = {}
    for (const title of ['Second stage', 'Landing legs', 'Parachute']) {
      const {body} = await board.ada.post(`/projects/${board.project.id}/stories`, {title})
      paths[title] = `/stories/${body.id}`
    }
    const at = `/projects/${board.project.id}`
    const [ada, bob] = await Promise.all([board.open(t, 'ada', at), board.open(t, 'bob', at)])
    for (const {page} of [ada, bob]) await page.getByText('Backlog: 3 stories').click()
    const backlog = ada.page.locator('details', {hasText: 'Backlog: 3 stories'}).last()
    const rows = `[...document.querySelectorAll('details[open] .story-rows .story-title')].map(title => title.textContent).join()`
    const follow = async (...titles: string[]) => {
      for (const {page} of [ada, bob]) await untilInPage(page, `${rows} === ${JSON.stringify(titles.join())}`)
    }
    await follow('Second stage', 'Landing legs', 'Parachute')
    const handle = (title: string) => backlog.getByRole('button', {name: `Move: ${title}`})
    const first = (await handle('Second stage').boundingBox())!
    await handle('Parachute').hover()
    await ada.page.mouse.down()
    await ada.page.mouse.move(first.x + 4, first.y + 2)
    await ada.page.locator('.drop-line').waitFor()
    await ada.page.mouse.up()
    await follow('Parachute', 'Second stage', 'Landing legs')
    t.is(await ada.page.getByRole('menu').count(), 0)
    await handle('Parachute').focus()
    await ada.page.keyboard.press('Alt+Shift+ArrowDown')
    await ada.page.getByText('Parachute: 2 of 3').waitFor()
    await follow('Second stage', 'Parachute', 'Landing legs')
    t.true(await handle('Parachute').evaluate(button => button === document.activeElement))
    await handle('Landing legs').click()
    await ada.page.getByRole('menuitem', {name: 'Move to top'}).click()
    await follow('Landing legs', 'Second stage', 'Parachute')
    await ada.page.keyboard.press('Control+z')
    await follow('Second stage', 'Parachute', 'Landing legs')
    await handle('Landing legs').click()
    await ada.page.getByRole('menuitem', {name: 'Move to top'}).click()
    await follow('Landing legs', 'Second stage', 'Parachute')

    // While Ada drags a row, the others stay where they are.
    const second = (await handle('Second stage').boundingBox())!
    await handle('Parachute').hover()
    await ada.page.mouse.down()
    await ada.page.mouse.move(second.x + 4, second.y + 2)
    await ada.page.locator('.drop-line').waitFor()
    await board.bob.put(`${paths['Second stage']}/rank`, {
      before_story_id: paths['Landing legs']!.split('/').at(-1),
    })
    await board.bob.patch(paths['Landing legs']!, {title: 'Four legs'})
    await backlog.getByText('Four legs').waitFor()
    t.is(await ada.page.evaluate(rows), 'Four legs,Second stage,Parachute')
    await ada.page.mouse.up()
    await follow('Parachute', 'Second stage', 'Four legs')

    // The page does not know yet that another member has deleted the neighbour.
    await ada.page.route('**/rank', route => refuse(route, 404, 'story-not-found'))
    await handle('Parachute').press('Alt+Shift+ArrowDown')
    await ada.page.getByRole('alert').getByText('The story next to it was deleted.').waitFor()
    await ada.page.unroute('**/rank')
    await follow('Parachute', 'Second stage', 'Four legs')

    const top = (await handle('Parachute').boundingBox())!
    const {x, y} = (await handle('Four legs').boundingBox())!
    const finger = await Finger.of(ada.page)
    await finger.down(x + 8, y + 8)
    await finger.move(top.x + 8, top.y + 2)
    await ada.page.locator('.drop-line').waitFor()
    await finger.up()
    await follow('Four legs', 'Parachute', 'Second stage')
  },
)

test.serial('a planner moves stories into the sprint and out of it, by the keyboard and by drag', async t => {
  const board = await createBoard(server)
  const at = `/projects/${board.project.id}/stories`
  const {body: legs} = await board.ada.post(at, {title: 'Landing legs'})
  await board.ada.post(`/stories/${legs.id}/tasks`, {title: 'Weld', estimated_hours: 3})
  const {body: chute} = await board.ada.post(at, {title: 'Parachute'})
  const {page} = await board.open(t, 'ada')
  await page.getByRole('button', {name: 'Plan', exact: true}).click()
  const list = (name: string) => page.getByRole('region', {name})
  const row = (name: string, title: string) => list(name).locator('li', {hasText: title})
  await row('Backlog', 'Landing legs').getByText('1 task · 3 h left').waitFor()
  await row('Backlog', 'Landing legs').getByRole('button').focus()
  await page.keyboard.press('Enter')
  await row('In this sprint', 'Landing legs').getByText('1 task · 3 h left').waitFor()
  await untilInPage(
    page,
    `document.activeElement?.getAttribute('aria-label') === 'Remove from the sprint: Landing legs'`,
  )

  // The other list is outside the window, until the drag scrolls the dialog.
  await page.setViewportSize({width: 1280, height: 300})
  await row('Backlog', 'Parachute').locator('.plan-grip').hover()
  await page.mouse.down()
  const dialog = (await page.getByRole('dialog').boundingBox())!
  await page.mouse.move(dialog.x + 80, dialog.y + 10, {steps: 3})
  await untilInPage(page, `document.querySelector('dialog').scrollTop === 0`)
  const to = (await list('In this sprint').boundingBox())!
  await page.mouse.move(to.x + 80, to.y + 20, {steps: 3})
  await page.locator('.plan-list[data-over]').waitFor()
  await page.mouse.up()
  await page.setViewportSize({width: 1280, height: 720})
  await row('In this sprint', 'Parachute').waitFor()
  await untilInPage(page, `!document.querySelector('.plan-list [data-pending]')`)
  for (const {id} of [legs, chute])
    t.is((await board.ada.get(`/stories/${id}`)).body.sprint_id, board.sprint.id)

  // The key undoes the last move, although the server has not responded and the dialog is closed.
  const respond = await hold(page, 'PATCH', '/stories/*')
  for (const title of ['Landing legs', 'Parachute'])
    await row('In this sprint', title).getByRole('button').click()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await page.keyboard.press('Control+z')
  respond()
  await page.getByText('Story moved to the backlog: Parachute').waitFor()
  await page.unroute('**/stories/*')
  const sprintOf = async ({id}: {id: string}) => (await board.ada.get(`/stories/${id}`)).body.sprint_id
  t.deepEqual([await sprintOf(legs), await sprintOf(chute)], [null, board.sprint.id])
  await page.getByRole('button', {name: 'Plan', exact: true}).click()

  // Another member moves a story out, and the server refuses the next move.
  await board.bob.patch(`/stories/${chute.id}`, {sprint_id: null})
  await row('Backlog', 'Parachute').waitFor()
  await board.ada.delete(`/stories/${legs.id}`)
  await row('Backlog', 'Landing legs').waitFor({state: 'detached'})
  await page.route(`**/stories/${chute.id}`, route =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        code: 'sprint-closed',
        status: 409,
        title: 'Conflict',
        detail: 'The sprint is closed.',
      }),
    }),
  )
  await row('Backlog', 'Parachute').getByRole('button').click()
  await page.getByRole('alert').getByText('Change not saved').waitFor()
  await row('Backlog', 'Parachute').waitFor()
})

const manyTitles = Array.from({length: 20}, (_, index) => (index === 0 ? 'Fill the tank' : `Task ${index}`))

test.serial(
  'when another member takes a card during a drag, the drag ends and no column stays marked',
  async t => {
    const board = await createBoard(server)
    const {page, card, column, sees} = await board.open(t, 'ada')
    await card('Fill the tank').hover()
    await page.mouse.down()
    await column('Cancelled').hover()
    await page.locator('.column[data-status=completed][data-drop=allowed]').waitFor()
    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await sees('Fill the tank', 'Owned')
    t.is(await page.locator('[data-drop], [data-over], .drag-ghost').count(), 0)
    await page.mouse.up()
    await card('Light the engine').dragTo(column('Owned'))
    await sees('Light the engine', 'Owned')
    t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.status, 'owned')
  },
)

test.serial('Escape cancels a drag, and a dropped card does not open its task', async t => {
  const board = await createBoard(server)
  const {page, card, column, sees} = await board.open(t, 'ada')
  await card('Fill the tank').hover()
  await page.mouse.down()
  await column('Owned').hover()
  await page.locator('.column[data-status=owned][data-over]').waitFor()
  await page.keyboard.press('Escape')
  t.is(await page.locator('[data-drop], .drag-ghost').count(), 0)
  await page.mouse.up()
  await card('Light the engine').dragTo(column('Owned'))
  await sees('Light the engine', 'Owned')
  await card('Fill the tank').hover()
  await page.mouse.down()
  await column('Owned').hover()
  await page.locator('.column[data-status=owned][data-over]').waitFor()
  await page.keyboard.press('Escape')
  await card('Fill the tank').hover()
  await page.mouse.up() // the release above the pressed card causes a click
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.status, 'available')
  t.is(await page.getByRole('dialog').count(), 0)
})

test.serial(
  'on a phone, a long press drags a card, and the columns scroll when the finger is near an edge',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const {page, card, sees} = await board.open(t, 'ada')
    t.teardown(() => page.close())
    await page.clock.install()
    await page.setViewportSize({width: 390, height: 844})
    const finger = await Finger.of(page)
    const {x, y} = (await card('Fill the tank').boundingBox())!
    await finger.down(x + 40, y + 20)
    await page.locator('.drag-ghost').waitFor()
    await page.clock.pauseAt(Date.now() + 10_000) // the columns scroll only in `runFor`, and not too far
    await finger.move(386, y + 60)
    const isShown = `document.querySelector('.column[data-status=owned]').getBoundingClientRect().right <= innerWidth`
    while (!(await page.evaluate(isShown))) await page.clock.runFor(50)
    await finger.move(200, y + 60)
    await page.clock.resume()
    await page.locator('.column[data-status=owned][data-over]').waitFor()
    await finger.up()
    await sees('Fill the tank', 'Owned')
    t.is(await page.locator('.drag-ghost, [data-drop]').count(), 0)
    // The board shows the move before the server has made it.
    const task = `/tasks/${board.tasks['Fill the tank']}`
    await until(async () => (await board.ada.get(task)).body.status === 'owned')
  },
)

test.serial('on a phone, a finger that moves at once scrolls the column', async t => {
  t.timeout(120_000)
  const board = await createBoard(server, manyTitles)
  const {page, card} = await board.open(t, 'ada')
  t.teardown(() => page.close())
  await page.clock.install()
  await page.setViewportSize({width: 390, height: 844})
  const finger = await Finger.of(page)
  const {x, y} = (await card('Task 3').boundingBox())!
  await page.evaluate(`
    ghosts = 0
    new MutationObserver(() => { ghosts += document.getElementsByClassName('drag-ghost').length })
      .observe(document.body, {childList: true})
  `)
  await page.clock.pauseAt(Date.now() + 10_000) // a slow machine must not make a long press of the touch
  await finger.down(x + 40, y + 20)
  for (let step = 1; step <= 10; step++) await finger.move(x + 40, y + 20 - 20 * step)
  await untilInPage(
    page,
    `document.querySelector('.column[data-status=available] .column-cards').scrollTop >= 100`,
  )
  await page.clock.runFor(2 * longPressMs)
  await finger.up()
  t.is(await page.evaluate('ghosts'), 0)
})

/** Drags the card to the upper edge of another card, and drops it when the page shows the place. */
async function dropAbove(page: Page, card: Locator, other: Locator): Promise<void> {
  const {x, y} = (await other.boundingBox())!
  await card.hover()
  await page.mouse.down()
  await page.mouse.move(x + 40, y + 6)
  await page.locator('.drop-line:not([hidden])').waitFor()
  await page.mouse.up()
}
