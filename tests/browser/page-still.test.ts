// Tests in a real browser that a click hits the card that the viewer sees, even when cards move.
import type {ExecutionContext} from 'ava'
import type {Locator} from 'playwright-core'
import {afterTouchMs, idleMs} from '../../src/page/board/pointer-hold.ts'
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {Finger} from '../helpers/finger.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const nextFrame = 'new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))'

async function centerOf(element: Locator): Promise<{x: number; y: number}> {
  const {x, y, width, height} = (await element.boundingBox())!
  return {x: x + width / 2, y: y + height / 2}
}

/** Asserts that the element is where it was. A browser scrolls by whole pixels. */
async function isStillAt(t: ExecutionContext, element: Locator, before: {y: number}): Promise<void> {
  const {y} = await centerOf(element)
  t.true(Math.abs(y - before.y) < 1, `moved from ${before.y} to ${y}`)
}

/** Creates a board with more stories, which have one task each. The task 'Do Land' is in the story 'Land'. */
async function createStories(titles: string[]) {
  const board = await createBoard(server)
  const stories: Record<string, string> = {}
  for (const title of titles) {
    const story = {title, sprint_id: board.sprint.id}
    stories[title] = (await board.ada.post(`/projects/${board.project.id}/stories`, story)).body.id
    await board.ada.post(`/stories/${stories[title]}/tasks`, {title: `Do ${title}`})
  }
  return {...board, stories}
}

/** Opens the board as Ada. No list of the page is released early, even if a test takes long on a slow machine. */
async function openHolding(
  t: ExecutionContext,
  {open}: Pick<Awaited<ReturnType<typeof createBoard>>, 'open'>,
) {
  const window = await open(t, 'ada')
  await window.page.evaluate(`{
    const start = setTimeout
    setTimeout = (run, ms, ...rest) => start(run, [${idleMs}, ${afterTouchMs}].includes(ms) ? 600_000 : ms, ...rest)
  }`)
  return window
}

test.serial('a second click on Take does not take the card that was below', async t => {
  const board = await createBoard(server)
  const {page, card, sees} = await openHolding(t, board)
  const status = async (title: string) => (await board.ada.get(`/tasks/${board.tasks[title]}`)).body.status
  const {x, y} = await centerOf(card('Fill the tank').getByRole('button', {name: 'Take'}))
  await page.mouse.click(x, y)
  await sees('Fill the tank', 'Owned')
  await page.mouse.click(x, y)
  await card('Count to zero').getByRole('button', {name: 'Take'}).click()
  await sees('Count to zero', 'Owned')
  t.is(await status('Light the engine'), 'available')
})

test.serial('a double click on Take in the view by story does not also start the task', async t => {
  const board = await createBoard(server)
  const {page, card} = await openHolding(t, board)
  await page.getByRole('radio', {name: 'By story'}).check()
  const {x, y} = await centerOf(card('Fill the tank').getByRole('button', {name: 'Take'}))
  await page.mouse.click(x, y)
  await card('Fill the tank').getByRole('button', {name: 'Start'}).waitFor()
  await page.mouse.down({clickCount: 2}) // the second click of the double click
  await page.mouse.up({clickCount: 2})
  await card('Light the engine').getByRole('button', {name: 'Take'}).click()
  await card('Light the engine').getByRole('button', {name: 'Start'}).waitFor()
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.status, 'owned')
})

test.serial('a double click or a held Enter on Take in the panel does not also start the task', async t => {
  const board = await createBoard(server)
  const {page, card} = await openHolding(t, board)
  const panel = page.getByRole('dialog')
  const status = async (title: string) => (await board.ada.get(`/tasks/${board.tasks[title]}`)).body.status
  await card('Fill the tank').getByText('Fill the tank').click()
  const {x, y} = await centerOf(panel.getByRole('button', {name: 'Take'}))
  await page.mouse.click(x, y)
  await panel.getByRole('button', {name: 'Start'}).waitFor()
  await page.mouse.down({clickCount: 2}) // the second click of the double click
  await page.mouse.up({clickCount: 2})
  await card('Light the engine').getByText('Light the engine').click()
  await panel.getByRole('button', {name: 'Take'}).focus()
  await page.keyboard.down('Enter')
  await panel.getByRole('button', {name: 'Start'}).waitFor()
  await page.keyboard.down('Enter') // a second `down` is a repeated keydown
  await page.keyboard.up('Enter')
  await card('Count to zero').getByRole('button', {name: 'Take'}).click()
  await card('Count to zero').getByRole('button', {name: 'Start'}).waitFor()
  t.is(await status('Fill the tank'), 'owned')
  t.is(await status('Light the engine'), 'owned')
})

test.serial(
  'a column stays still while the pointer is in it, and is updated when the pointer leaves',
  async t => {
    const board = await createBoard(server)
    const {page, card, column, sees} = await openHolding(t, board)
    await card('Light the engine').hover()
    const before = await centerOf(card('Light the engine'))
    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await sees('Fill the tank', 'Owned')
    t.deepEqual(await centerOf(card('Light the engine')), before)
    await column('Available').getByText('Moved to Owned').waitFor()
    t.is(await column('Available').locator('.column-count').innerText(), '2')

    await board.bob.delete(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await sees('Fill the tank', 'Available')
    t.deepEqual(await centerOf(card('Light the engine')), before)

    // Shift and a click select what is between the cards on the screen, not in the new order.
    const [first, last] = [board.tasks['Fill the tank'], board.tasks['Count to zero']]
    await board.bob.put(`/tasks/${last}/rank`, {after_task_id: first})
    await board.bob.post(`/stories/${board.story.id}/tasks`, {title: 'Pack lunch'})
    await card('Pack lunch').waitFor()
    await card('Fill the tank').click({modifiers: ['Control'], position: {x: 60, y: 5}})
    await card('Light the engine').click({modifiers: ['Shift'], position: {x: 60, y: 5}})
    await page.getByText('2 tasks selected').waitFor()
    t.is(await page.evaluate('getSelection().toString()'), '')

    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await column('Available').getByText('Moved to Owned').waitFor()
    await page.getByRole('heading', {level: 1}).hover()
    await column('Available').getByText('Moved to Owned').waitFor({state: 'detached'})
    t.true((await centerOf(card('Count to zero'))).y < before.y)
  },
)

test.serial('a column is updated at once while the viewer uses the keyboard', async t => {
  const board = await createBoard(server)
  const {page, card, column, sees} = await openHolding(t, board)
  await card('Light the engine').hover()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press(' ')
  await sees('Fill the tank', 'Owned')
  t.is(await column('Available').locator('.column-cards > li').count(), 2)
})

test.serial(
  'the menu of a card names the card, follows it to another column, and closes on scroll',
  async t => {
    const titles = Array.from({length: 20}, (_, index) => `Task ${String(index).padStart(2, '0')}`)
    const board = await createBoard(server, ['Fill the tank', ...titles])
    const {page, card, sees} = await openHolding(t, board)
    const menu = page.getByRole('menu')
    await card('Fill the tank').hover()
    await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click()
    await menu.getByText('Fill the tank').waitFor()
    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await sees('Fill the tank', 'Owned')
    const anchor = (await card('Fill the tank').boundingBox())!
    const {x, y, height} = (await menu.boundingBox())!
    t.true(
      x > anchor.x && x < anchor.x + anchor.width + 8,
      'the menu is at the button in the card, or to its right',
    )
    t.true(y < anchor.y + anchor.height && y + height > anchor.y)
    await page.keyboard.press('Escape')
    t.is(await page.evaluate('document.activeElement.closest("[data-task]").dataset.status'), 'owned')

    await card('Task 01').getByRole('button', {name: 'Move or edit'}).click()
    await menu.getByText('Task 01').waitFor()
    await card('Task 03').hover()
    await page.mouse.wheel(0, 150)
    await menu.waitFor({state: 'detached'})
  },
)

test.serial(
  'in the view by story, a card under the pointer stays at its place when other stories grow and shrink',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const stories = `/projects/${board.project.id}/stories`
    const {body: land} = await board.ada.post(stories, {title: 'Land', sprint_id: board.sprint.id})
    await board.ada.post(`/stories/${land.id}/tasks`, {title: 'Open the parachute'})
    const {page, card} = await openHolding(t, board)
    await page.getByRole('radio', {name: 'By story'}).check()
    await card('Open the parachute').hover()
    const before = await centerOf(card('Open the parachute'))
    const isStill = async () => {
      await page.evaluate(nextFrame)
      await isStillAt(t, card('Open the parachute'), before)
    }
    const added: string[] = []
    const height = () =>
      page
        .locator('.group')
        .first()
        .evaluate(element => element.clientHeight)
    const lowHeight = await height()
    for (let n = 0; (await height()) === lowHeight; n++) {
      added.push((await board.bob.post(`/stories/${board.story.id}/tasks`, {title: `Step ${n}`})).body.id)
      await card(`Step ${n}`).waitFor()
    }
    await isStill()
    await board.root.delete(`/tasks/${added.at(-1)}`)
    await card(`Step ${added.length - 1}`).waitFor({state: 'detached'})
    await isStill()
    // The story now needs less space than at first, but nothing is above the first story that could be scrolled away.
    for (const id of Object.values(board.tasks)) await board.root.delete(`/tasks/${id}`)
    for (const id of added.slice(0, -1)) await board.root.delete(`/tasks/${id}`)
    await page.locator('.group').first().getByText('No tasks yet').waitFor()
    await isStill()
    await page.getByRole('heading', {level: 1}).hover()
    await untilInPage(page, `document.querySelector('.groups > div').style.paddingTop === ''`)
    t.true((await centerOf(card('Open the parachute'))).y < before.y)
  },
)

test.serial(
  'in the view by story, a card under the pointer stays at its place when its story is moved in the order',
  async t => {
    const board = await createStories(['Land', 'Return'])
    const {page, card} = await openHolding(t, board)
    await page.getByRole('radio', {name: 'By story'}).check()
    await card('Do Land').hover()
    const before = await centerOf(card('Do Land'))
    const return_ = await centerOf(card('Do Return'))
    const {stories} = board
    await board.bob.put(`/stories/${stories.Return}/rank`, {before_story_id: stories.Land})
    await until(async () => (await centerOf(card('Do Return'))).y < return_.y)
    await isStillAt(t, card('Do Land'), before)
  },
)

test.serial(
  'in the view by story, nothing moves between two stories, or when the pointer leaves a scrolled board',
  async t => {
    const others = Array.from({length: 8}, (_, n) => `Later ${n}`)
    const board = await createStories(['Land', ...others])
    const {page, card} = await openHolding(t, board)
    await page.getByRole('radio', {name: 'By story'}).check()
    await card('Do Land').hover()
    const before = await centerOf(card('Do Land'))
    await board.root.delete(`/stories/${board.story.id}`)
    await page.locator('.group', {hasText: 'Fill the tank'}).waitFor({state: 'detached'})
    await isStillAt(t, card('Do Land'), before)

    const {x, y} = (await page.locator('.group', {hasText: 'Do Land'}).boundingBox())!
    await page.mouse.move(x + 100, y - 5) // the gap above the story
    await page.evaluate(nextFrame)
    await isStillAt(t, card('Do Land'), before)

    await page.locator('.group', {hasText: 'Do Later 2'}).hover()
    const unscrolled = await centerOf(card('Do Later 3'))
    await page.mouse.wheel(0, 250)
    await until(async () => (await centerOf(card('Do Later 3'))).y < unscrolled.y - 240)
    const scrolled = await centerOf(card('Do Later 3'))
    await page.keyboard.press('Shift') // a modifier key alone does not end the hold
    await page.evaluate(nextFrame)
    t.not(await page.evaluate(`document.querySelector('.groups > div').style.paddingTop`), '')
    await page.getByRole('heading', {level: 1}).hover()
    await untilInPage(page, `document.querySelector('.groups > div').style.paddingTop === ''`)
    await isStillAt(t, card('Do Later 3'), scrolled)
  },
)

test.serial('in the view by story, what a finger has tapped stays at its place', async t => {
  const board = await createStories(['Land'])
  const {page, card} = await openHolding(t, board)
  await page.getByRole('radio', {name: 'By story'}).check()
  const finger = await Finger.of(page)
  const heading = page.getByRole('heading', {name: 'Land'})
  const before = await centerOf(heading)
  const height = () => page.locator('.groups > div').evaluate(element => element.scrollHeight)
  const lowHeight = await height()
  for (let n = 0; (await height()) === lowHeight; n++) {
    await finger.down(before.x, before.y)
    await finger.up()
    await board.bob.post(`/stories/${board.story.id}/tasks`, {title: `Step ${n}`})
    await card(`Step ${n}`).waitFor()
  }
  await isStillAt(t, heading, before)
})

test.serial(
  'in the view by story, a story far below keeps its cards after the focus has left it',
  async t => {
    const titles = Array.from({length: 30}, (_, n) => `Step ${n}.`)
    const board = await createStories(titles)
    const {page, card} = await openHolding(t, board)
    await page.getByRole('radio', {name: 'By story'}).check()
    const far = page.locator('[data-far]', {hasText: 'Step 29.'})
    await far.waitFor({state: 'attached'})
    const {body} = await board.ada.get(`/stories/${board.stories['Step 29.']}/tasks`)
    await page.evaluate('document.activeElement.blur()')
    await page.evaluate(`location.hash = '${body.items[0].id}'`)
    await page.getByLabel('Comment', {exact: true}).click()
    await page.goBack()
    await page.locator('[data-task]:focus', {hasText: 'Do Step 29.'}).waitFor()
    await page.locator('.groups').evaluate(groups => groups.scrollTo(0, 0))
    await card('Fill the tank').focus()
    t.is(await far.count(), 0)
  },
)
