// Tests that a large board keeps only the cards near the viewport in the document, and that each card can be reached.
import type {ExecutionContext} from 'ava'
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const count = 120
const titleOf = (number: number) => `Task ${String(number).padStart(3, '0')}`

const server = await startPageServer()
let board: Awaited<ReturnType<typeof createBoard>>
test.before(async () => {
  const titles = Array.from({length: count - 1}, (_, index) => titleOf(index + 2))
  board = await createBoard(server, ['Fill the tank', ...titles])
})

async function open(t: ExecutionContext) {
  const window = await board.open(t, 'ada')
  const {page} = window
  return {
    ...window,
    focused: () =>
      page.evaluate('document.activeElement.closest("[data-task]")?.querySelector(".card-title").innerText'),
    /** Whether the focused card is completely inside its list. */
    isFocusVisible: () =>
      page.evaluate(`(() => {
        const card = document.activeElement.getBoundingClientRect()
        const list = document.activeElement.closest('.column-cards, .groups').getBoundingClientRect()
        return card.top >= list.top - 1 && card.bottom <= list.bottom + 1
      })()`),
    cards: () => page.locator('[data-task]').count(),
  }
}

test.serial(
  'arrow keys reach every card, and only the cards near the viewport are in the document',
  async t => {
    t.timeout(120_000)
    const {page, focused, cards, isFocusVisible} = await open(t)
    t.true((await cards()) < 50)
    for (let presses = 0; presses < count; presses++) await page.keyboard.press('ArrowDown')
    t.is(await focused(), titleOf(count))
    t.true(await isFocusVisible())
    t.true((await cards()) < 50)
    const place = page.locator('li', {has: page.locator(':focus')})
    t.is(await place.getAttribute('aria-posinset'), `${count}`)
    t.is(await place.getAttribute('aria-setsize'), `${count}`)
  },
)

test.serial(
  'the focused card stays in the document when it is scrolled away, and the next key continues there',
  async t => {
    const {page, card, column, focused, isFocusVisible} = await open(t)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    t.is(await focused(), 'Task 002')
    await column('Available')
      .locator('.column-cards')
      .evaluate(list => list.scrollTo(0, list.scrollHeight))
    await card(titleOf(count)).waitFor()
    t.is(await focused(), 'Task 002')
    await page.keyboard.press('ArrowDown')
    t.is(await focused(), 'Task 003')
    t.true(await isFocusVisible())
  },
)

test.serial(
  'the view by story also keeps only the cards near the viewport, and is scrolled to its end',
  async t => {
    const {page, card, cards} = await open(t)
    await page.getByRole('radio', {name: 'By story'}).check()
    await card('Task 002').waitFor()
    t.true((await cards()) < 80)
    await page.locator('.groups').evaluate(groups => groups.scrollTo(0, groups.scrollHeight))
    await card(titleOf(count)).waitFor()
    t.true((await cards()) < 80)
    await page.getByRole('searchbox').fill(titleOf(count))
    await untilInPage(page, `document.querySelectorAll('[data-task]').length === 1`)
    await page.getByRole('searchbox').fill('')
    await card('Task 002').waitFor()
    t.pass()
  },
)

test.serial('a card that moves to another column keeps the focus, even far outside the viewport', async t => {
  const {page, column, focused, isFocusVisible} = await open(t)
  for (let presses = 0; presses < 60; presses++) await page.keyboard.press('ArrowDown')
  t.is(await focused(), 'Task 060')
  await page.keyboard.press(' ')
  await column('Owned').getByRole('article', {name: 'Task 060'}).waitFor()
  t.is(await focused(), 'Task 060')
  t.true(await isFocusVisible())
})
