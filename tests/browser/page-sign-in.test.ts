// Into the page and out of it: as a member of the demo, with a token, in two windows of one browser as two people.
import {isLive} from '../helpers/board-window.ts'
import {closeBrowser, openBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {type Server, startServer} from '../helpers/server.ts'

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

test.serial('a token signs in, a bad one is told, and one is signed in until one signs out', async t => {
  t.timeout(120_000)
  const {sprint} = await server.team('acme')
  const context = await openBrowser(t)
  const page = await context.newPage()
  await page.goto(`${server.url}/sprints/${sprint.id}`)
  await page.getByLabel('Token').fill('nonsense')
  await page.getByRole('button', {name: 'Sign in'}).click()
  await page.getByRole('alert').filter({hasText: /./}).waitFor()
  await page
    .getByLabel('Token')
    .fill(await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'}))
  await page.getByRole('button', {name: 'Sign in'}).click()
  await isLive(page)
  await page.getByRole('button', {name: /^Take/}).click()
  await page.locator('[data-task][data-status=owned]').waitFor()
  t.is(await page.evaluate('document.cookie'), '')
  await page.reload()
  await isLive(page)
  await page.getByRole('button', {name: 'Ada: account'}).click()
  await page.getByRole('button', {name: 'Sign out'}).click()
  await page.getByRole('heading', {name: 'Sign in'}).waitFor()
  await page.reload()
  await page.getByRole('heading', {name: 'Sign in'}).waitFor()
})

test.serial('who signs out, or in as somebody else, does so in all tabs of the browser', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const [one, other] = [await context.newPage(), await context.newPage()]
  await one.goto(demo.url)
  await one.getByRole('button', {name: /Ada Lovelace/}).click()
  await isLive(one)
  await other.goto(demo.url)
  await isLive(other)
  await one.getByRole('button', {name: 'Ada Lovelace: account'}).click()
  await one.getByRole('button', {name: 'Sign out'}).click()
  await other.getByRole('heading', {name: 'Who are you today?'}).waitFor()
  await one.getByRole('button', {name: /Grace Hopper/}).click()
  await other.getByRole('button', {name: 'Grace Hopper: account'}).waitFor()
  await isLive(other)
  t.is(await other.getByRole('button', {name: 'Ada Lovelace: account'}).count(), 0)
})

test.serial('in a demo two windows of one browser are two people', async t => {
  t.timeout(120_000)
  const context = await openBrowser(t)
  const ada = await context.newPage()
  await ada.goto(demo.url)
  await ada.getByRole('button', {name: /Ada Lovelace/}).click()
  await isLive(ada)
  await ada.getByRole('button', {name: 'Ada Lovelace: account'}).click()
  const opened = context.waitForEvent('page')
  await ada.getByRole('link', {name: 'Open a window as somebody else'}).click()
  const grace = await opened
  await grace.getByRole('button', {name: /Grace Hopper/}).click()
  await isLive(grace)
  await grace.getByRole('button', {name: 'Project', exact: true}).click()
  await grace.getByLabel('Name').fill('Compiler')
  await grace.getByRole('button', {name: 'Add project'}).click()
  await ada.getByRole('link', {name: 'Compiler'}).waitFor()
  t.is(await ada.getByRole('button', {name: 'Ada Lovelace: account'}).count(), 1)
  t.is(await grace.getByRole('button', {name: 'Grace Hopper: account'}).count(), 1)
})

test.serial('who is signed out while looking on is told, keeps the board, and signs in again', async t => {
  t.timeout(120_000)
  const {sprint} = await server.team('umbra')
  const context = await openBrowser(t)
  const token = await server.tokenFor({sub: 'ada', org: 'umbra', role: 'member', name: 'Ada'})
  await context.request.post(`${server.url}/api/v1/session`, {data: {token}, headers: {origin: server.url}})
  const page = await context.newPage()
  await page.goto(`${server.url}/sprints/${sprint.id}`)
  await isLive(page)
  await context.clearCookies()
  await context.setOffline(true)
  await page.locator('.connection[data-status=offline]').waitFor()
  await context.setOffline(false)
  await page.locator('.connection[data-status=signed-out]').waitFor()
  t.is(await page.locator('[data-task]').count(), 1)
  await page.getByRole('button', {name: /^Take/}).click()
  await page.getByRole('alert').getByText('You are signed out').waitFor()
  await page.getByRole('button', {name: 'Sign in again'}).click()
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', {name: 'Sign in'}).click()
  await isLive(page)
  t.is(await page.locator('[data-status=available][data-task]').count(), 1)
})
