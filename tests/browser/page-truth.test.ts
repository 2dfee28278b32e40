// Tests that the page says what it knows: failed loads, unconfirmed changes, lost responses, and ended sessions.
import {isLive, openWindow, signIn} from '../helpers/board-window.ts'
import {openBrowser, test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const adaOf = (org: string) => ({sub: 'ada', org, role: 'member', name: 'Ada'}) as const
const failure = {status: 500, body: '{"code":"internal-error","detail":"Broken."}'}

test.serial(
  'a board that cannot be loaded shows what failed, and is loaded when the viewer retries',
  async t => {
    const {sprint, task} = await server.team('unloaded')
    const context = await openBrowser(t)
    await signIn(context, server.url, await server.tokenFor(adaOf('unloaded')))
    const page = await context.newPage()
    await page.clock.install() // the page does not retry by itself
    let isBroken = true
    await page.route('**/board', route => (isBroken ? route.fulfill(failure) : route.continue()))
    await page.goto(`${server.url}/sprints/${sprint.id}`)
    await page.getByRole('heading', {name: 'Could not load the board'}).waitFor()
    await page.getByText('The server reported an error.').waitFor()
    isBroken = false
    await page.clock.pauseAt(Date.now() + 5_000)
    await page.getByRole('button', {name: 'Try again'}).click()
    await page.clock.resume()
    await page.locator('[data-task]', {hasText: task.title}).waitFor()
    await isLive(page)
    t.pass()
  },
)

test.serial('a home page whose stream cannot start shows what failed, and retries', async t => {
  await server.team('unstarted')
  const context = await openBrowser(t)
  await signIn(context, server.url, await server.tokenFor(adaOf('unstarted')))
  const page = await context.newPage()
  let isBroken = true
  await page.route(/\/projects\?limit=1$/, route => (isBroken ? route.fulfill(failure) : route.continue()))
  await page.goto(server.url)
  await page.getByRole('heading', {name: 'Could not load the projects'}).waitFor()
  await page.locator('.connection[data-status=reconnecting]').waitFor()
  await page.getByRole('button', {name: 'Try again'}).waitFor()
  isBroken = false
  // The page also retries by itself, and then the button is gone before Playwright would click it.
  await page.evaluate(
    `[...document.querySelectorAll('button')].find(button => button.textContent === 'Try again')?.click()`,
  )
  await isLive(page)
  t.pass()
})

test.serial('a change is shown as pending until the server has confirmed it', async t => {
  const board = await createBoard(server)
  const {page, card, sees} = await board.open(t, 'ada')
  let respond: (() => void) | undefined
  await page.route('**/ownership', async route => {
    await new Promise<void>(resolve => {
      respond = resolve
    })
    await route.continue()
  })
  await card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await sees('Fill the tank', 'Owned')
  await page.locator('[data-pending]', {hasText: 'Fill the tank'}).waitFor()
  await page.getByRole('article', {name: 'Fill the tank, Owned, owner: you, not saved yet'}).waitFor()
  await page.getByText('Saving…').waitFor()
  t.is(await page.locator('[data-pending]').count(), 1)
  respond!()
  await page.locator('[data-pending]').waitFor({state: 'detached'})
  await sees('Fill the tank', 'Owned')
})

test.serial('the event of a change confirms it before the response arrives', async t => {
  const board = await createBoard(server)
  const {page, card} = await board.open(t, 'ada')
  let respond: (() => void) | undefined
  await page.route('**/ownership', async route => {
    const response = await route.fetch()
    await new Promise<void>(resolve => {
      respond = resolve
    })
    await route.fulfill({response})
  })
  await card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await until(() => respond)
  await page.getByRole('article', {name: 'Fill the tank, Owned, owner: you', exact: true}).waitFor()
  t.is(await page.locator('[data-pending]').count(), 0)
  respond!()
})

test.serial('when the response of a change is lost, the page says whether the change was saved', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const {page, card, sees, hasNoted} = await board.open(t, 'ada')
  t.teardown(() => page.close())
  await page.clock.install()
  let isSent = true
  await page.route('**/ownership', async route => {
    if (isSent) await route.fetch()
    await route.abort('connectionreset')
  })
  let isReachable = false
  await page.route(/\/tasks\/[^/]+$/, route => (isReachable ? route.continue() : route.abort()))
  await card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await sees('Fill the tank', 'Owned')
  await page.clock.fastForward(5_000)
  isReachable = true
  await page.clock.runFor(5_000)
  await hasNoted('log: Your change was saved')
  await sees('Fill the tank', 'Owned')

  isSent = false
  await card('Count to zero').getByRole('button', {name: 'Take'}).click()
  await page.getByRole('alert').getByText('Your change was not saved: Count to zero').waitFor()
  await sees('Count to zero', 'Available')
  t.is(await page.locator('[data-pending]').count(), 0)
})

test.serial('when the session has expired, neither the board nor the home page is live', async t => {
  t.timeout(120_000)
  const {sprint} = await server.team('expired')
  const end = async (path: string) => {
    const who = {...adaOf('expired'), lifetime: 20} // long enough to open a window on a busy machine
    const {page} = await openWindow(t, server, who, path)
    await page.locator('.connection[data-status=signed-out]').waitFor()
    await page.getByText('Your session has ended. This page was last updated at').waitFor()
  }
  // Both windows wait at the same time.
  await Promise.all([end(`/sprints/${sprint.id}`), end('/')])
  t.pass()
})

test.serial('on a phone, the viewer can retry while the server is away', async t => {
  const board = await createBoard(server)
  const {page, context} = await board.open(t, 'ada')
  await page.setViewportSize({width: 390, height: 844})
  await page.route('**/api/v1/**', route => route.abort())
  await context.setOffline(true)
  await page.getByText('You are offline.').waitFor()
  const retry = page.getByRole('button', {name: 'Retry'})
  await retry.waitFor()
  t.is(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0)
  await context.setOffline(false)
  await page.unroute('**/api/v1/**')
  await isLive(page)
})
