// Tests the parts of the page that are loaded only when they are needed.
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

test.serial('the dialogs and the panel are loaded when the member first moves the pointer', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  const loaded = () =>
    page.evaluate(`performance.getEntriesByType('resource').some(({name}) => name.includes('/dialogs-'))`)
  t.false(await loaded())
  await page.mouse.move(300, 300)
  await until(loaded)
})

test.serial('a dialog whose code could not be loaded says so, and is loaded again', async t => {
  const board = await createBoard(server)
  const {page, card} = await board.open(t, 'ada')
  await page.route('**/assets/dialogs-*.js', route => route.abort())
  await card('Fill the tank').getByText('Fill the tank').click()
  const failure = page.getByRole('dialog', {name: 'Could not load this part of the page'})
  await failure.getByRole('button', {name: 'Try again'}).waitFor()
  await page.unroute('**/assets/dialogs-*.js')
  await failure.getByRole('button', {name: 'Try again'}).click()
  await page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
  await page.getByText('No comments yet.').waitFor()
  t.is(await failure.count(), 0)
})

test.serial('a screen whose code could not be loaded says so, and is loaded again', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  await page.route('**/assets/home-page-*.js', route => route.abort())
  await page.getByRole('link', {name: board.project.name}).click()
  await page.getByRole('heading', {name: 'Could not load this page'}).waitFor()
  await page.unroute('**/assets/home-page-*.js')
  await page.getByRole('button', {name: 'Try again'}).click()
  await page.getByRole('heading', {name: board.project.name, level: 1}).waitFor()
  t.pass()
})
