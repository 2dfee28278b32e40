// Tests sign-in and sign-out: with a token, as a member of the demo, and as two members in two windows.
import {isLive} from '../helpers/board-window.ts'
import {openBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {startServer} from '../helpers/server.ts'

const demo = await startServer({page: await buildPage(), demo: true})
const server = await startPageServer()
test.after.always(() => demo.close())

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
