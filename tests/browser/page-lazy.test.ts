// Tests the parts of the page that are loaded only when they are needed.
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

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
    await mine.click({timeout: 5_000, trial: true})
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
