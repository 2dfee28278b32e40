// Tests the documentation in Chromium: the console, the search, the layout on phones and the accessibility.
import type {ExecutionContext} from 'ava'
import type {Page} from 'playwright-core'
import {findViolations} from '../helpers/accessibility.ts'
import {closeBrowser, openBrowser, test} from '../helpers/browser.ts'
import {buildDocs} from '../helpers/docs.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server
test.before(async () => {
  server = await startServer({docs: await buildDocs()})
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
})

/** Opens a page of the documentation. The test fails when the page reports an error, such as a violation of its policy. */
async function open(t: ExecutionContext, path: string, width = 1280): Promise<Page> {
  const context = await openBrowser(t)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error)))
  page.on('console', message => {
    // Chromium reports every response with a status of 4xx. The console asks for the session, and may receive a 401.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text())
  })
  t.teardown(() => {
    if (errors.length > 0) throw new Error(errors.join('\n'))
  })
  await page.setViewportSize({width, height: 800})
  await page.goto(`${server.url}/docs/${path}`)
  return page
}

async function assertAccessible(
  t: ExecutionContext,
  page: Page,
  state: string,
  themes: readonly ('light' | 'dark')[] = ['light', 'dark'],
): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({colorScheme, reducedMotion: 'reduce'})
    t.deepEqual(await findViolations(page), [], `${state}, ${colorScheme}`)
  }
}

test('axe finds nothing on pages of each kind, in the light or in the dark theme', async t => {
  t.timeout(240_000)
  const pages = {
    '': 'light',
    'protocol/': 'dark',
    'rest/streams/': 'light',
    'console/': 'dark',
  } as const
  for (const [path, theme] of Object.entries(pages)) {
    await assertAccessible(t, await open(t, path), path, [theme])
  }
})

test('on a phone, no page is wider than the screen, and a button opens the navigation', async t => {
  t.timeout(120_000)
  const page = await open(t, '', 390)
  for (const path of ['', 'running/', 'rest/streams/', 'reference/api/', 'console/', 'comparison/']) {
    await page.goto(`${server.url}/docs/${path}`)
    t.is(await page.evaluate('document.documentElement.scrollWidth'), 390, path)
  }
  await page.goto(`${server.url}/docs/concepts/`)
  const link = page.locator('#navigation').getByRole('link', {name: 'Getting started'})
  t.false(await link.isVisible())
  await page.getByRole('button', {name: 'Open the navigation'}).click()
  await assertAccessible(t, page, 'navigation')
  await link.click()
  await page.getByRole('heading', {name: 'Getting started', level: 1}).waitFor()
})

test('the search finds a section, and the keyboard opens it', async t => {
  const page = await open(t, 'rest/tasks/')
  await page.keyboard.press('/')
  await page.getByRole('combobox').fill('silence')
  await page.getByRole('option').first().waitFor()
  await assertAccessible(t, page, 'search')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/docs/protocol/#silence')
  t.pass()
})

test('the skip link is the first element that the keyboard reaches, and leads to the content', async t => {
  const page = await open(t, 'protocol/')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  t.is(await page.evaluate('document.activeElement.id'), 'content')
})

test('the button of the theme changes the theme and keeps it on the next page', async t => {
  const page = await open(t, 'protocol/')
  await page.emulateMedia({colorScheme: 'light'})
  await page.getByRole('button', {name: 'Change the theme'}).click()
  t.is(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
  await page.goto(`${server.url}/docs/concepts/`)
  t.is(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
})

test('a block of code is copied to the clipboard', async t => {
  const page = await open(t, 'getting-started/')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', {name: 'Copy'}).first().click()
  await page.getByRole('button', {name: 'Copied'}).waitFor()
  t.is(await page.evaluate('navigator.clipboard.readText()'), 'npm ci && npm start')
})

for (const transport of ['Stream', 'Long poll']) {
  test(`the console shows events, and resumes after a cut without a lost or repeated event: ${transport}`, async t => {
    t.timeout(120_000)
    const org = t.title
    const {bob, sprint, task} = await server.team(org)
    const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
    const page = await open(t, 'console/')
    await page.getByLabel('Token or API key').fill(token)
    await page.getByRole('button', {name: 'Use it'}).click()
    await page.getByText('Signed in as Ada (member)').waitFor()
    t.is(await page.getByLabel('Sprint').inputValue(), sprint.id)
    await page.getByLabel('Transport').selectOption(transport)
    await page.getByRole('button', {name: 'Open the stream'}).click()
    await page.getByRole('status').getByText('live').waitFor()

    const received = async () => {
      const text = (await page.locator('.console-blocks').textContent())!
      return [...text.matchAll(/"type":"(ownership_\w+)"/g)].map(([, type]) => type)
    }
    await page.getByRole('button', {name: 'Change a task'}).click()
    await page.getByText('You took the task “Fill the tank”.').waitFor()
    await until(async () => (await received()).length === 1)
    await page.getByRole('button', {name: 'Cut the connection'}).click()
    await page.getByRole('status').getByText('cut').waitFor()
    await page.getByRole('button', {name: 'Change a task'}).click()
    await page.getByText('You released the task “Fill the tank”.').waitFor()
    await bob.put(`/tasks/${task.id}/ownership`)
    t.deepEqual(await received(), ['ownership_taken'])
    await page.getByRole('button', {name: 'Resume'}).click()
    await until(async () => (await received()).length === 3)
    t.deepEqual(await received(), ['ownership_taken', 'ownership_released', 'ownership_taken'])
    await assertAccessible(t, page, 'console with events')
  })
}

test('the console of a demo offers its members, and uses the session of the page', async t => {
  const demo = await startServer({docs: await buildDocs(), demo: true})
  t.teardown(() => demo.close())
  const page = await open(t, 'console/')
  await page.goto(`${demo.url}/docs/console/`)
  await page.getByRole('button', {name: 'Ada Lovelace'}).click()
  await page.getByText('Signed in as Ada Lovelace').waitFor()
  await page.reload()
  await page.getByText('Signed in as Ada Lovelace').waitFor()
  await page.getByRole('button', {name: 'Open the stream'}).click()
  await page.locator('.console-blocks').getByText('stream.ready', {exact: true}).waitFor()
  t.pass()
})

test('the console shows why a credential is refused', async t => {
  const page = await open(t, 'console/')
  await page.getByLabel('Token or API key').fill('not.a.token')
  await page.getByRole('button', {name: 'Use it'}).click()
  t.regex((await page.getByRole('alert').textContent())!, /invalid-token/)
})
