// Tests sign-in and sign-out, and the page before and after the end of the session of the signed-in member.
import type {ExecutionContext} from 'ava'
import type {Page, Route} from 'playwright-core'
import type {ProblemCode} from '../../src/board/problem.ts'
import {isLive, openWindow, signIn} from '../helpers/board-window.ts'
import {openBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const demo = await startServer({page: await buildPage(), demo: true})
const server = await startPageServer()
test.after.always(() => demo.close())

const adaOf = (org: string) => ({sub: 'ada', org, role: 'member', name: 'Ada'}) as const
const dialogOf = (page: Page) => page.getByRole('dialog', {name: 'Your session has ended'})
const noteOf = (page: Page) =>
  page
    .getByRole('region', {name: 'Connection'})
    .getByRole('alert')
    .filter({hasText: 'Your session has ended'})

function fail(route: Route, status: number, code: ProblemCode): Promise<void> {
  const body = JSON.stringify({code, detail: 'The message of the server.'})
  return route.fulfill({status, contentType: 'application/problem+json', body})
}

/** Refuses the request in the same way as the server does after the session has ended. */
const refuse = (route: Route) => fail(route, 401, 'unauthenticated')

/** Signs in with the form in the dialog. */
async function signInAgain(page: Page, token: string): Promise<void> {
  await dialogOf(page).getByLabel('Token').fill(token)
  await dialogOf(page).getByRole('button', {name: 'Sign in', exact: true}).click()
  await dialogOf(page).waitFor({state: 'detached'})
}

/** Opens a board on which a member has started to write a comment. */
async function openDraft(t: ExecutionContext, org: string) {
  const {sprint, task} = await server.team(org)
  const opened = await openWindow(t, server, adaOf(org), `/sprints/${sprint.id}#${task.id}`)
  const draft = opened.page.getByPlaceholder('Write a comment')
  await draft.fill('Half a ')
  return {...opened, draft}
}

test.serial(
  'when the session has already ended, a sign-out from all browsers asks the member to sign in again',
  async t => {
    t.timeout(120_000)
    await server.team('stale')
    const {page, notes} = await openWindow(t, server, adaOf('stale'), '/')
    // Only this request is refused. A refusal of another request would open the dialog before the click.
    await page.route('**/api/v1/sessions', refuse, {times: 1})
    await page.getByRole('button', {name: 'Account: Ada'}).click()
    await page.getByRole('button', {name: 'Sign out everywhere'}).click()
    await dialogOf(page).waitFor()
    t.deepEqual(await notes(), [])
    await signInAgain(page, await server.tokenFor(adaOf('stale')))
    await page.getByRole('button', {name: 'Account: Ada'}).click()
    await page.getByRole('button', {name: 'Sign out everywhere'}).click()
    await page.getByRole('heading', {name: 'Sign in'}).waitFor()
  },
)

test.serial('when a sign-out fails, a warning shows the reason', async t => {
  t.timeout(120_000)
  await server.team('failed')
  const {page, notes} = await openWindow(t, server, adaOf('failed'), '/')
  await page.route('**/api/v1/session', route => route.abort())
  await page.route('**/api/v1/sessions', route => fail(route, 503, 'store-unavailable'))
  await page.getByRole('button', {name: 'Account: Ada'}).click()
  await page.getByRole('button', {name: 'Sign out everywhere'}).click()
  await page.getByText('The server is temporarily unavailable.').waitFor()
  await page.getByRole('button', {name: 'Sign out', exact: true}).click()
  await page.getByText('The server did not respond.').waitFor()
  t.deepEqual(await notes(), [
    'Could not sign out: The server is temporarily unavailable. Try again in a moment.',
    'Could not sign out: The server did not respond. Try again.',
  ])
})

test.serial(
  'when the session ends while the member is typing, only the note is shown, and the text field keeps the focus',
  async t => {
    t.timeout(120_000)
    const {page, draft} = await openDraft(t, 'typing')
    await draft.press('End')
    await server.as(adaOf('typing')).delete('/sessions')
    await page.locator('.connection[data-status=signed-out]').waitFor()
    await page.keyboard.type('thought')
    t.is(await draft.inputValue(), 'Half a thought')
    t.is(await dialogOf(page).count(), 0)
    await noteOf(page).getByRole('button', {name: 'Sign in again'}).click()
    await signInAgain(page, await server.tokenFor(adaOf('typing')))
    await isLive(page)
    t.is(await draft.inputValue(), 'Half a thought')
    t.is(await noteOf(page).count(), 0)
  },
)

test.serial(
  'when the code of the dialog arrives late, the member who has started to type keeps the focus',
  async t => {
    t.timeout(120_000)
    const {page, draft} = await openDraft(t, 'belated')
    await draft.blur()
    let release = () => {}
    const isReleased = new Promise<void>(resolve => {
      release = resolve
    })
    await page.route('**/assets/sign-in-*.js', async route => {
      await isReleased
      await route.continue()
    })
    await Promise.all([
      page.waitForRequest('**/assets/sign-in-*.js'),
      server.as(adaOf('belated')).delete('/sessions'),
    ])
    await page.locator('.connection[data-status=signed-out]').waitFor()
    await draft.focus()
    await draft.press('End')
    await page.keyboard.type('thought')
    await Promise.all([page.waitForResponse('**/assets/sign-in-*.js'), release()])
    await page.keyboard.type(' more')
    t.is(await draft.inputValue(), 'Half a thought more')
    // An open dialog would block this click.
    await noteOf(page).getByRole('button', {name: 'Sign in again'}).click()
    await signInAgain(page, await server.tokenFor(adaOf('belated')))
  },
)

test.serial(
  'after the member has closed the dialog, the dialog opens automatically only after another sign-in',
  async t => {
    t.timeout(120_000)
    const {page, context, draft} = await openDraft(t, 'closed')
    await draft.blur()
    await server.as(adaOf('closed')).delete('/sessions')
    await dialogOf(page).waitFor()
    await page.keyboard.press('Escape')
    await dialogOf(page).waitFor({state: 'detached'})
    await context.setOffline(true)
    await page.locator('.connection[data-status=offline]').waitFor()
    await context.setOffline(false)
    await page.locator('.connection[data-status=signed-out]').waitFor()
    await page.getByRole('heading', {name: 'Comments'}).click() // an open dialog would block this click
    t.is(await dialogOf(page).count(), 0)
    await noteOf(page).getByRole('button', {name: 'Sign in again'}).click()
    await signInAgain(page, await server.tokenFor(adaOf('closed')))
    await isLive(page)
    await server.as(adaOf('closed')).delete('/sessions')
    await dialogOf(page).waitFor()
    t.is(await draft.inputValue(), 'Half a ')
  },
)

test.serial(
  'when the session ends behind an open form, the form shows a button to sign in and keeps its text',
  async t => {
    t.timeout(120_000)
    const {sprint} = await server.team('formed')
    const {page, card} = await openWindow(t, server, adaOf('formed'), `/sprints/${sprint.id}`)
    await page.getByRole('button', {name: 'New task', exact: true}).click()
    const form = page.getByRole('dialog', {name: 'New task'})
    await form.getByLabel('Title').fill('Half a thought')
    await form.getByRole('button', {name: 'Cancel'}).focus()
    await server.as(adaOf('formed')).delete('/sessions')
    await page.locator('.connection[data-status=signed-out]').waitFor()
    await form.getByRole('button', {name: 'Create task'}).click()
    await form.getByRole('button', {name: 'Sign in'}).click()
    await signInAgain(page, await server.tokenFor(adaOf('formed')))
    await form.getByText('Your session has ended.').waitFor({state: 'detached'})
    await form.getByRole('button', {name: 'Create task'}).click()
    await card('Half a thought').waitFor()
    t.is(await dialogOf(page).count(), 0)
  },
)

test.serial(
  'in the demo, the dialog shows its form after the demo members are loaded, and offers only the current member',
  async t => {
    t.timeout(120_000)
    const context = await openBrowser(t)
    const page = await context.newPage()
    await page.goto(demo.url)
    await page.getByRole('button', {name: /Ada Lovelace/}).click()
    await isLive(page)
    let respond: (() => void) | undefined
    await page.route('**/api/v1/demo/members', route => {
      respond = () => void route.continue()
    })
    await context.request.delete(`${demo.url}/api/v1/session`, {headers: {origin: demo.url}})
    await dialogOf(page).waitFor()
    await until(() => respond)
    t.is(await dialogOf(page).locator('form').count(), 0)
    respond!()
    const button = dialogOf(page).getByRole('button', {name: /Ada Lovelace/})
    await button.waitFor()
    t.true(await button.evaluate(element => element === document.activeElement))
    t.is(
      await dialogOf(page)
        .getByRole('button', {name: /Grace Hopper/})
        .count(),
      0,
    )
    await dialogOf(page).getByText('If you sign in as another member, the page starts again.').waitFor()
    await page.unroute('**/api/v1/demo/members')
    await button.click()
    await isLive(page)

    await context.request.delete(`${demo.url}/api/v1/session`, {headers: {origin: demo.url}})
    await dialogOf(page).getByText('Sign in with a token').click()
    const grace = {sub: 'grace', org: 'demo', role: 'member', name: 'Grace Hopper'} as const
    await signInAgain(page, await demo.tokenFor(grace))
    await page.getByRole('button', {name: 'Account: Grace Hopper'}).waitFor()
    await isLive(page)
  },
)

test.serial(
  'when the session ends while the dashboard cannot be loaded, the note is shown, and a sign-in loads the dashboard',
  async t => {
    t.timeout(120_000)
    await server.team('late')
    let isRefusing = true
    const {page} = await openWindow(t, server, adaOf('late'), '/', async page => {
      await page.clock.install()
      await page.route('**/api/v1/dashboard', route => (isRefusing ? refuse(route) : route.continue()))
    })
    await page.getByRole('heading', {name: 'Could not load the projects'}).waitFor()
    await server.as(adaOf('late')).delete('/sessions')
    await dialogOf(page).waitFor()
    await page.keyboard.press('Escape')
    await noteOf(page).getByRole('button', {name: 'Sign in again'}).click()
    await page.clock.pauseAt(Date.now() + 10_000) // while the clock is paused, no timer of the page ends
    isRefusing = false
    await signInAgain(page, await server.tokenFor(adaOf('late')))
    await page.getByRole('heading', {name: 'Projects', exact: true}).waitFor()
    await page.locator('.home-projects section').first().waitFor()
    t.is(await noteOf(page).count(), 0)
  },
)

test.serial(
  'when the session ends, a page whose project or sprint does not exist shows the note',
  async t => {
    t.timeout(120_000)
    await server.team('missing')
    const {page} = await openWindow(t, server, adaOf('missing'), '/')
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    for (const kind of ['project', 'sprint']) {
      await page.goto(`${server.url}/${kind}s/${id}`)
      await page
        .getByRole('heading', {name: `${kind === 'project' ? 'Project' : 'Sprint'} not found`})
        .waitFor()
      await page.locator('.connection').waitFor()
      await server.as(adaOf('missing')).delete('/sessions')
      await dialogOf(page).waitFor()
      await page.keyboard.press('Escape')
      await noteOf(page).getByRole('button', {name: 'Sign in again'}).click()
      await signInAgain(page, await server.tokenFor(adaOf('missing')))
      await noteOf(page).waitFor({state: 'detached'})
    }
    t.pass()
  },
)

test.serial(
  'when the session ends while the page loads, the page asks the member to sign in again, and then continues',
  async t => {
    t.timeout(120_000)
    await server.team('early')
    const context = await openBrowser(t)
    await signIn(context, server.url, await server.tokenFor(adaOf('early')))
    const page = await context.newPage()
    let isRefusing = true
    await page.route(/\/projects\?limit=1$/, route => (isRefusing ? refuse(route) : route.continue()))
    await page.goto(server.url)
    await dialogOf(page).waitFor()
    isRefusing = false
    await signInAgain(page, await server.tokenFor(adaOf('early')))
    await isLive(page)
    t.is(await noteOf(page).count(), 0)
  },
)

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

test.serial('after a new sign-in, the panel of a task of the backlog is live again', async t => {
  t.timeout(120_000)
  const {bob, project} = await server.team('backlog')
  const {body: story} = await bob.post(`/projects/${project.id}/stories`, {title: 'Return'})
  const {body: task} = await bob.post(`/stories/${story.id}/tasks`, {title: 'Open the parachute'})
  const {page} = await openWindow(t, server, adaOf('backlog'), `/projects/${project.id}#${task.key}`)
  await page.getByRole('dialog', {name: 'Open the parachute'}).waitFor()
  await server.as(adaOf('backlog')).delete('/sessions')
  await signInAgain(page, await server.tokenFor(adaOf('backlog')))
  await bob.patch(`/tasks/${task.id}`, {title: 'Open both parachutes'})
  await page.getByRole('dialog', {name: 'Open both parachutes'}).waitFor()
  t.is(await noteOf(page).count(), 0)
})

test.serial(
  'when the session is renewed before its end, the page stays live and misses no change',
  async t => {
    t.timeout(120_000)
    let aheadMs = 0
    const own = await startServer({page: await buildPage(), live: {timeOfDay: () => Date.now() + aheadMs}})
    t.teardown(() => own.close())
    const {sprint, bob, story} = await own.team('acme')
    const ada = {sub: 'ada', org: 'acme', role: 'member', name: 'Ada'} as const
    const {page, context, column} = await openWindow(t, own, ada, `/sprints/${sprint.id}`)
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
    await column('Available')
      .locator('.column-count')
      .getByText(`${titles.length + 1}`, {exact: true})
      .waitFor()
    t.deepEqual(await page.evaluate('statuses.filter(status => status !== "live")'), [])
    t.is(own.live.stats().streams, before)
  },
)

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
