// Tests the page for keyboard users, where the focus goes, and the page with reduced motion and with forced colours.
import type {Locator, Page} from 'playwright-core'
import {isLive} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

test.serial('the first Tab stop skips to the content', async t => {
  const {open, path} = await createBoard(server)
  const {page} = await open(t, 'ada', '/')
  for (const at of ['/', path]) {
    if (at === path) await page.goto(server.url + path)
    await isLive(page)
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
    const {page} = await open(t, sub)
    await page.setViewportSize({width: 1024, height: 500})
    t.deepEqual(await unnamedStops(page), [])
    await page.goto(server.url)
    await isLive(page)
    t.deepEqual(await unnamedStops(page), [])
  }
})

/** Presses Tab until the focus leaves the page. Returns the elements that had the focus and have no name. */
async function unnamedStops(page: Page): Promise<string[]> {
  const unnamed: string[] = []
  for (let stops = 0; stops < 80; stops++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(describeFocus)
    if (!stop && stops === 0) throw new Error('The first Tab has reached nothing')
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

test.serial('the shortcuts work on a Cyrillic layout and with Caps Lock', async t => {
  const {open} = await createBoard(server)
  const {page} = await open(t, 'ada')
  const press = (key: string, code: string) =>
    page.locator('body').dispatchEvent('keydown', {key, code, bubbles: true, cancelable: true})
  await press('й', 'KeyQ')
  await page.getByRole('button', {name: 'My tasks', pressed: true}).waitFor()
  await press('Q', 'KeyQ')
  await page.getByRole('button', {name: 'My tasks', pressed: false}).waitFor()
  t.pass()
})

test.serial('Escape that cancels the composition of a character closes and clears nothing', async t => {
  const {open} = await createBoard(server)
  const {page, card} = await open(t, 'ada')
  await page.getByRole('searchbox').fill('tank')
  await page
    .getByRole('searchbox')
    .dispatchEvent('keydown', {key: 'Escape', isComposing: true, bubbles: true})
  t.is(await page.getByRole('searchbox').inputValue(), 'tank')
  await card('Fill the tank').press('Enter')
  const comment = page.getByLabel('Comment', {exact: true})
  await comment.dispatchEvent('keydown', {key: 'Escape', isComposing: true, bubbles: true})
  await comment.fill('燃料') // the panel is open
  t.is(await comment.inputValue(), '燃料')
})

test.serial('Escape closes the list of the top bar before the panel of a task', async t => {
  const {open} = await createBoard(server)
  const {page, card} = await open(t, 'ada')
  await card('Fill the tank').press('Enter')
  const panel = page.getByRole('dialog', {name: 'Fill the tank'})
  await panel.waitFor()
  await page.getByRole('button', {name: 'Notifications'}).press('Enter')
  await page.getByText('No notifications yet.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('No notifications yet.').waitFor({state: 'detached'})
  t.true(await panel.isVisible())
  await page.keyboard.press('Escape')
  await panel.waitFor({state: 'detached'})
})

test.serial('at midnight, an open board shows the days that are then left', async t => {
  const board = await createBoard(server)
  await board.ada.patch(`/sprints/${board.sprint.id}`, {ends_on: '2999-12-31'})
  const {page} = await board.open(t, 'bob')
  t.teardown(() => page.close())
  await page.clock.install({time: new Date('2999-12-30T23:50:00')})
  await page.reload()
  await page.getByText('1 day left').waitFor()
  await page.clock.runFor(11 * 60_000)
  await page.getByText('ends today').waitFor()
  t.pass()
})

test.serial('with reduced motion, the card of a change has an outline', async t => {
  const {ada, tasks, open} = await createBoard(server)
  const {page, card} = await open(t, 'bob')
  await page.emulateMedia({reducedMotion: 'reduce'})
  t.teardown(() => page.close())
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
  const [done, rest] = await colorsOf(page.locator('.progress').first(), [0.05, 0.95])
  t.not(done, rest)
  const [dot, beside] = await colorsOf(page.locator('.connection').first(), await placesOfDot(page))
  t.not(dot, beside)
})

/** Returns the horizontal places of the dot and of a point beside it, as parts of the width of the badge. */
async function placesOfDot(page: Page): Promise<number[]> {
  const badge = (await page.locator('.connection').first().boundingBox())!
  const {x, width} = (await page.locator('.connection-dot').first().boundingBox())!
  return [x + width / 2, x - width / 2].map(place => (place - badge.x) / badge.width)
}

/**
 * Returns the colours that a viewer sees at places on the horizontal middle line of the element, for example '0,0,0,255'.
 * The computed style does not contain them, because the browser replaces the colours only when it paints.
 */
async function colorsOf(element: Locator, places: readonly number[]): Promise<string[]> {
  const image = (await element.screenshot()).toString('base64')
  const reader = await element.page().context().newPage() // the page itself allows no image from a data URL
  return reader.evaluate(
    async ({image, places}) => {
      const picture = new Image()
      picture.src = `data:image/png;base64,${image}`
      await picture.decode()
      const context = document.createElement('canvas').getContext('2d')!
      Object.assign(context.canvas, {width: picture.width, height: picture.height})
      context.drawImage(picture, 0, 0)
      const y = picture.height / 2
      return places.map(place => context.getImageData(place * picture.width, y, 1, 1).data.join())
    },
    {image, places},
  )
}

const hasFocus = (page: Page, selector: string, text: string) =>
  page.locator(`:is(${selector}):focus`, {hasText: text}).waitFor()

test.serial('the heading of a new screen has the focus, but not when the page is loaded', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const {body: next} = await board.root.post(`/projects/${board.project.id}/sprints`, {name: 'Orbit'})
  const {page} = await board.open(t, 'ada', '/')
  const {name} = board.sprint
  await page.getByText('other sprint').waitFor()
  t.is(await page.evaluate('document.activeElement.tagName'), 'BODY')
  await page.getByText('other sprint').click()
  await page.locator('.sprint-link', {hasText: name}).click()
  await hasFocus(page, 'h1', name)
  t.is(await page.locator('h1').evaluate(element => getComputedStyle(element).outlineStyle), 'none')
  await page.keyboard.press('Tab')
  await page.getByRole('button', {name: 'Switch to another sprint'}).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', {name: 'Orbit'}).press('Enter')
  await hasFocus(page, 'h1', next.name)
  await page.goBack()
  await hasFocus(page, 'h1', name)
  await page.goBack()
  await hasFocus(page, 'h1', 'Projects')
  await page.getByRole('link', {name: board.project.name}).first().press('Enter')
  await hasFocus(page, 'h1', board.project.name)
})

test.serial(
  'the heading has the focus when the sprint is deleted, and when a second attempt succeeds',
  async t => {
    const board = await createBoard(server)
    const {page, card} = await board.open(t, 'ada')
    await card('Light the engine').focus()
    await board.root.delete(board.path)
    await hasFocus(page, 'h1', 'Sprint not found')

    await page.route('**/api/v1/dashboard*', route => route.abort())
    await page.getByRole('link', {name: 'All projects'}).click()
    await hasFocus(page, 'h1', 'Could not load the projects')
    await page.unroute('**/api/v1/dashboard*')
    // The page also tries again by itself, so the button may have disappeared.
    await page.evaluate(`document.querySelector('.failure button')?.click()`)
    await hasFocus(page, 'h1', 'Projects')
    t.pass()
  },
)

test.serial('a panel that a link to a task has opened returns the focus to the card of the task', async t => {
  const board = await createBoard(server)
  await board.ada.put(`/tasks/${board.tasks['Light the engine']}/ownership`)
  const {page} = await board.open(t, 'ada', '/')
  await page.getByRole('link', {name: 'Light the engine'}).click()
  await hasFocus(page, 'dialog h2', 'Light the engine')
  await page.keyboard.press('Escape')
  await hasFocus(page, '[data-task]', 'Light the engine')
  t.pass()
})

test.serial('a panel that Back closes returns the focus to the card of its task', async t => {
  const board = await createBoard(server)
  const {page, card} = await board.open(t, 'ada')
  await card('Light the engine').getByText('Light the engine').click()
  await page.getByLabel('Comment', {exact: true}).click()
  await page.goBack()
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await hasFocus(page, '[data-task], .card-title', 'Light the engine')

  await page.evaluate('document.activeElement.blur()')
  await page.evaluate(`location.hash = '${board.tasks['Count to zero']}'`)
  await page.getByLabel('Comment', {exact: true}).click()
  await page.goBack()
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await hasFocus(page, '[data-task]', 'Count to zero')
  t.pass()
})
