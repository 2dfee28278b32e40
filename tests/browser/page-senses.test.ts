// Tests the page for keyboard users, with reduced motion and with forced colours.
import type {Page} from 'playwright-core'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

test.serial('the first Tab stop skips to the content', async t => {
  const {open} = await createBoard(server)
  for (const path of [undefined, '/']) {
    const {page} = await open(t, 'ada', path)
    await page.keyboard.press('Tab')
    await page.getByRole('button', {name: 'Skip to content'}).press('Enter')
    t.is(await page.evaluate('document.activeElement.tagName'), 'MAIN')
    await page.keyboard.press('Tab')
    t.true(await page.evaluate(`document.activeElement.closest('main') !== null`))
  }
})

test.serial('every Tab stop of the board and of the dashboard has a name', async t => {
  t.timeout(120_000)
  const titles = Array.from({length: 30}, (_, n) => `Step ${n}`)
  const {root, tasks, open} = await createBoard(server, titles)
  await root.put(`/tasks/${tasks['Step 0']}/status`, {status: 'cancelled'})
  for (const sub of ['ada', 'vic'] as const) {
    for (const path of [undefined, '/']) {
      const {page} = await open(t, sub, path)
      await page.setViewportSize({width: 1024, height: 500})
      t.deepEqual(await unnamedStops(page), [])
    }
  }
})

/** Presses Tab until the focus leaves the page. Returns the elements that had the focus and have no name. */
async function unnamedStops(page: Page): Promise<string[]> {
  const unnamed: string[] = []
  for (let stops = 0; stops < 80; stops++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(describeFocus)
    if (!stop) return unnamed
    // Also an element without text can have a name, for example the name of its label.
    const hasName = async () => /"/.test((await page.locator(':focus').ariaSnapshot()).split('\n')[0]!)
    if (!stop.name.trim() && !(await hasName())) unnamed.push(stop.html)
    if (stop.isScroller) unnamed.push(`a scroll area: ${stop.html}`)
  }
  return unnamed
}

/** Runs in the page. Describes the element with the focus, or returns null when no element has the focus. */
function describeFocus() {
  const element = document.querySelector(':focus')
  return (
    element && {
      name: element.getAttribute('aria-label') ?? element.textContent ?? '',
      html: element.outerHTML,
      isScroller: !element.matches('a, button, input, select, textarea, summary, [tabindex]'),
    }
  )
}

test.serial('the board of a viewer has no menu for cards', async t => {
  const {open} = await createBoard(server)
  const {page, card} = await open(t, 'vic')
  await card('Fill the tank').press('m')
  await page.keyboard.press('?') // after this key, the first key has been handled
  await page.getByRole('dialog').waitFor()
  t.is(await page.getByRole('menu').count(), 0)
})

test.serial('with reduced motion, the card of a change has an outline', async t => {
  const {ada, tasks, open} = await createBoard(server)
  const {page, card} = await open(t, 'bob')
  await page.emulateMedia({reducedMotion: 'reduce'})
  await page.clock.install() // the highlight stays
  await ada.put(`/tasks/${tasks['Fill the tank']}/ownership`)
  const flashing = page.locator('[data-flash]', {hasText: 'Fill the tank'})
  await page.clock.runFor(100)
  await flashing.waitFor()
  t.is(await flashing.evaluate(element => getComputedStyle(element).outlineStyle), 'solid')
  t.is(await card('Light the engine').evaluate(element => getComputedStyle(element).outlineStyle), 'none')
})

test.serial('with forced colours, the progress and the dot of the connection are visible', async t => {
  const {ada, tasks, open} = await createBoard(server)
  await ada.put(`/tasks/${tasks['Fill the tank']}/ownership`)
  for (const status of ['in_progress', 'completed']) {
    await ada.put(`/tasks/${tasks['Fill the tank']}/status`, {status})
  }
  const {page} = await open(t, 'bob')
  await page.emulateMedia({forcedColors: 'active'})
  const backgroundOf = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate(element => getComputedStyle(element).backgroundColor)
  t.not(await backgroundOf('.progress-done'), await backgroundOf('.progress'))
  t.not(await backgroundOf('.connection-dot'), await backgroundOf('body'))
})
