// Tests sign-in and sign-out: with a token, as a member of the demo, and as two members in two windows.
import {isLive, openWindow, signIn} from '../helpers/board-window.ts'
import {closeBrowser, openBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server
let demo: Server
test.before(async () => {
  const page = await buildPage()
  server = await startServer({page, live: {heartbeatSeconds: 1}})
  demo = await startServer({page, demo: true})
})
test.after.always(async () => {
  await closeBrowser()
  await demo?.close()
  await server?.close()
})

test.serial(
  'a member who signs in with a valid token is signed in until the sign-out, and an invalid token shows an error',
  async t => {
    t.timeout(120_000)
    const {sprint} = await server.team('acme')
    const context = await openBrowser(t)
    const page = await context.newPage()
    await page.goto(`${server.url}/sprints/${sprint.id}`)
    await page.getByLabel('Token').fill('nonsense')
    await page.getByRole('button', {name: 'Sign in', exact: true}).click()
    await page.getByRole('alert').filter({hasText: /./}).waitFor()
    await page
      .getByLabel('Token')
      .fill(await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'}))
    await page.getByRole('button', {name: 'Sign in', exact: true}).click()
    await isLive(page)
    await page.getByRole('button', {name: /^Take/}).click()
    await page.locator('[data-task][data-status=owned]').waitFor()
    t.is(await page.evaluate('document.cookie'), '')
    await page.reload()
    await isLive(page)
    await page.getByRole('button', {name: 'Account: Ada'}).click()
    await page.getByRole('button', {name: 'Sign out', exact: true}).click()
    await page.getByRole('heading', {name: 'Sign in'}).waitFor()
    await page.reload()
    await page.getByRole('heading', {name: 'Sign in'}).waitFor()
  },
)

test.serial('a sign-out, or a sign-in as another member, is visible in all tabs of the browser', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const [one, other] = [await context.newPage(), await context.newPage()]
  await one.goto(demo.url)
  await one.getByRole('button', {name: /Ada Lovelace/}).click()
  await isLive(one)
  await other.goto(demo.url)
  await isLive(other)
  await one.getByRole('button', {name: 'Account: Ada Lovelace'}).click()
  await one.getByRole('button', {name: 'Sign out', exact: true}).click()
  await other.getByRole('heading', {name: 'Choose a member'}).waitFor()
  await one.getByRole('button', {name: /Grace Hopper/}).click()
  await other.getByRole('button', {name: 'Account: Grace Hopper'}).waitFor()
  await isLive(other)
  t.is(await other.getByRole('button', {name: 'Account: Ada Lovelace'}).count(), 0)
})

test.serial('in the demo, each window of a browser can be signed in as a different member', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const ada = await context.newPage()
  await ada.goto(demo.url)
  await ada.getByRole('button', {name: /Ada Lovelace/}).click()
  await isLive(ada)
  await ada.getByRole('button', {name: 'Account: Ada Lovelace'}).click()
  const opened = context.waitForEvent('page')
  await ada.getByRole('link', {name: 'Open a window as another member'}).click()
  const grace = await opened
  await grace.getByRole('button', {name: /Grace Hopper/}).click()
  await isLive(grace)
  await grace.getByRole('button', {name: 'New project'}).click()
  await grace.getByLabel('Name').fill('Compiler')
  await grace.getByRole('button', {name: 'Create project'}).click()
  await ada.getByRole('link', {name: 'Compiler'}).waitFor()
  t.is(await ada.getByRole('button', {name: 'Account: Ada Lovelace'}).count(), 1)
  t.is(await grace.getByRole('button', {name: 'Account: Grace Hopper'}).count(), 1)
})

test.serial(
  'when the session ends, the page keeps the board and the draft, and continues after a sign-in',
  async t => {
    t.timeout(120_000)
    const {sprint, bob, task} = await server.team('umbra')
    const ada = {sub: 'ada', org: 'umbra', role: 'member', name: 'Ada'} as const
    const {page} = await openWindow(t, server, ada, `/sprints/${sprint.id}`)
    await page.locator('[data-task]').first().press('Enter')
    const draft = page.getByPlaceholder('Write a comment')
    await draft.fill('Half a thought')
    await draft.blur()
    await server.as(ada).delete('/sessions')
    const dialog = page.getByRole('dialog', {name: 'Your session has ended'})
    await dialog.waitFor()
    await bob.put(`/tasks/${task.id}/ownership`)
    await page.keyboard.press('Escape')
    await dialog.waitFor({state: 'detached'})
    t.is(await page.locator('[data-task]').count(), 1, 'the board stays visible')
    await page.getByRole('button', {name: 'Comment', exact: true}).click()
    await page.getByRole('alert').getByText('Your session has ended. Sign in again to continue.').waitFor()
    await page.locator('.note').getByRole('button', {name: 'Sign in again'}).click()
    await dialog.getByLabel('Token').fill(await server.tokenFor(ada))
    await dialog.getByRole('button', {name: 'Sign in', exact: true}).click()
    await isLive(page)
    await page.locator('[data-status=owned][data-task]').waitFor()
    t.is(await draft.inputValue(), 'Half a thought')
    t.is(await dialog.count(), 0)
  },
)

test.serial(
  'when the session is renewed before its end, the page stays live and misses no change',
  async t => {
    t.timeout(120_000)
    let aheadMs = 0
    const own = await startServer({page: await buildPage(), live: {timeOfDay: () => Date.now() + aheadMs}})
    t.teardown(() => own.close())
    const {sprint, bob, story} = await own.team('acme')
    const ada = {sub: 'ada', org: 'acme', role: 'member', name: 'Ada'} as const
    const {page, context} = await openWindow(t, own, ada, `/sprints/${sprint.id}`)
    await page.evaluate(`
    statuses = []
    new MutationObserver(() => statuses.push(document.querySelector('.connection').dataset.status))
      .observe(document.querySelector('.connection'), {attributes: true, attributeFilter: ['data-status']})`)
    const before = own.live.stats().streams
    const ended = () =>
      own.log.filter(({msg, path}) => msg === 'request' && String(path).startsWith('/api/v1/events')).length
    // The renewed session ends in two hours. The streams that are already open end in one hour.
    await signIn(context, own.url, await own.tokenFor({...ada, lifetime: 7_200}))
    const titles = Array.from({length: 20}, (_, n) => `Step ${n}`)
    for (const [index, title] of titles.entries()) {
      if (index === 5) aheadMs = 3_600_000 - 30_000
      t.is((await bob.post(`/stories/${story.id}/tasks`, {title})).status, 201)
    }
    await until(() => ended() >= before)
    await page.locator('[data-task]', {hasText: titles.at(-1)!}).waitFor()
    t.is(await page.locator('[data-task]').count(), titles.length + 1)
    t.deepEqual(await page.evaluate('statuses.filter(status => status !== "live")'), [])
    t.is(own.live.stats().streams, before)
  },
)
