// Tests that cards are dragged with the mouse and with a finger, in a real browser.
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {Finger} from '../helpers/finger.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const titles = Array.from({length: 20}, (_, index) => (index === 0 ? 'Fill the tank' : `Task ${index}`))

test.serial(
  'when another member takes a card during a drag, the drag ends and no column stays dimmed',
  async t => {
    const board = await createBoard(server)
    const {page, card, column, sees} = await board.open(t, 'ada')
    await card('Fill the tank').hover()
    await page.mouse.down()
    await column('Cancelled').hover()
    await page.locator('.column[data-status=completed][data-drop=forbidden]').waitFor()
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
    await page.setViewportSize({width: 390, height: 844})
    const finger = await Finger.of(page)
    const {x, y} = (await card('Fill the tank').boundingBox())!
    await finger.down(x + 40, y + 20)
    await page.locator('.drag-ghost').waitFor()
    await finger.move(386, y + 60)
    await untilInPage(
      page,
      `document.querySelector('.column[data-status=owned]').getBoundingClientRect().right <= innerWidth`,
    )
    await finger.move(200, y + 60)
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
  const board = await createBoard(server, titles)
  const {page, card, column} = await board.open(t, 'ada')
  await page.setViewportSize({width: 390, height: 844})
  const finger = await Finger.of(page)
  const {x, y} = (await card('Task 3').boundingBox())!
  await page.evaluate(`
    ghosts = 0
    new MutationObserver(() => { ghosts += document.getElementsByClassName('drag-ghost').length })
      .observe(document.body, {childList: true})
  `)
  await finger.down(x + 40, y + 20)
  for (let step = 1; step <= 10; step++) await finger.move(x + 40, y + 20 - 20 * step)
  await column('Available')
    .locator('.column-cards')
    .evaluate(async list => {
      while (list.scrollTop < 100) await new Promise(requestAnimationFrame)
    })
  await finger.up()
  t.is(await page.evaluate('ghosts'), 0)
})
