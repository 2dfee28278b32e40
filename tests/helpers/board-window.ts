// Opens the page in a window of a real browser, signed in as a member.
import type {ExecutionContext} from 'ava'
import type {BrowserContext, Locator, Page, Route} from 'playwright-core'
import {newProfile} from './browser.ts'
import type {Server, Who} from './server.ts'
import {until} from './until.ts'

export interface BoardWindow {
  page: Page
  context: BrowserContext
  /** The card of the task with this title. */
  card(title: string): Locator
  /** The column with this heading, for example 'In progress'. */
  column(name: string): Locator
  /** Waits until the card is in the column. */
  sees(title: string, column: string): Promise<void>
  /**
   * All notes since the window was opened, each as 'title: detail', in order and without duplicates, except the notes that
   * offer to undo an act of the viewer.
   */
  notes(): Promise<string[]>
  /**
   * Waits until a note with the text has appeared since the document was loaded, even if the note has disappeared. The
   * text is a part of '[dialog ]role: title: detail', for example 'log: Ada took a task'.
   */
  hasNoted(text: string): Promise<void>
  /** Titles of the cards that have flashed since the window was opened. */
  flashed(): Promise<string[]>
}

/** Windows of tests that have ended. A page that opens in such a window needs half of the CPU time. */
const idle: Page[] = []

/**
 * Opens the path as the member, in an empty browser profile, and waits until the page is live. The window may be the window
 * of a test that has ended. A test must close the window at its end, if the test replaces the clock or adds an init script.
 * `prepare` runs before the page is opened, in a window that no other test uses.
 */
export async function openWindow(
  t: ExecutionContext,
  server: Pick<Server, 'url' | 'tokenFor'>,
  who: Who,
  path: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<BoardWindow> {
  const page = (!prepare && idle.pop()) || (await newWindow())
  const context = page.context()
  t.teardown(() => (prepare ? context.close() : reset(page).catch(() => context.close())))
  await signIn(context, server.url, await server.tokenFor(who))
  await prepare?.(page)
  await page.goto(server.url + path)
  await isLive(page)
  const column = (name: string) => page.locator('.column', {has: page.getByRole('heading', {name})})
  const card = (title: string) => page.locator('[data-task]', {hasText: title})
  return {
    page,
    context,
    card,
    column,
    sees: (title, name) => column(name).locator('[data-task]', {hasText: title}).waitFor(),
    notes: () => page.evaluate('notes') as Promise<string[]>,
    hasNoted: text => untilInPage(page, `noted.some(note => note.includes(${JSON.stringify(text)}))`),
    flashed: () => page.evaluate('flashed') as Promise<string[]>,
  }
}

async function newWindow(): Promise<Page> {
  const page = await (await newProfile()).newPage()
  await page.addInitScript(record)
  return page
}

/** Makes the window as empty as a new window, so that another test can use it. */
async function reset(page: Page): Promise<void> {
  const context = page.context()
  if (page.isClosed()) return context.close()
  for (const event of ['request', 'response', 'console', 'pageerror', 'dialog'] as const)
    page.removeAllListeners(event)
  await Promise.all([
    page.unrouteAll({behavior: 'ignoreErrors'}),
    context.unrouteAll({behavior: 'ignoreErrors'}),
  ])
  await context.setOffline(false)
  // A document of the same origin that stores nothing. The renderer stays the same.
  await page.goto(`${new URL(page.url()).origin}/livez`)
  await page.evaluate('localStorage.clear(), sessionStorage.clear()')
  await Promise.all(context.pages().map(other => other !== page && other.close()))
  await Promise.all([context.clearCookies(), context.clearPermissions()])
  await page.emulateMedia({colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce'})
  await page.setViewportSize({width: 1280, height: 720})
  idle.push(page)
}

/** Signs in with the same request as the sign-in form. */
export async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const response = await context.request.post(`${url}/api/v1/session`, {
    data: {token},
    headers: {origin: url},
  })
  if (!response.ok()) throw new Error(`Could not sign in: ${await response.text()}`)
}

export async function isLive(page: Page): Promise<void> {
  await page.locator('.connection[data-status=live]').waitFor()
}

/**
 * Waits until the expression is true in the page. Playwright's `waitForFunction` would fail when the expression is not true
 * at once, because it calls `eval` in the page, and the page forbids `eval`.
 */
export function untilInPage(page: Page, expression: string): Promise<void> {
  return until(() => page.evaluate(expression), 30)
}

/**
 * Holds the requests with this method and path back. Returns a function that lets them pass. `answer` then replaces the
 * server.
 */
export async function hold(
  page: Page,
  method: string,
  path: string,
  answer = (route: Route) => route.continue(),
): Promise<() => void> {
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  await page.route(`**${path}`, async route => {
    if (route.request().method() !== method) return route.fallback()
    await released
    await answer(route).catch(() => {}) // the page may be closed in the meantime
  })
  return release
}

/** Refuses the request in place of the server. Default: because of the member's role. */
export function refuse(route: Route, status = 403, code = 'role-insufficient'): Promise<void> {
  return route.fulfill({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({code, status, title: 'Refused', detail: 'Refused.'}),
  })
}

/** Runs in the page. Records notes, flashes and highlights, because they may disappear before a test looks for them. */
function record(): void {
  const notes: string[] = []
  const noted: string[] = []
  const flashed: string[] = []
  const highlighted: string[] = []
  Object.assign(globalThis, {notes, noted, flashed, highlighted})
  new MutationObserver(records => {
    for (const note of document.getElementsByClassName('notes-text')) {
      const text = [...note.children].map(({textContent}) => textContent).join(': ')
      const role = note.closest('[role]')?.getAttribute('role')
      const full = `${note.closest('dialog') ? 'dialog ' : ''}${role}: ${text}`
      if (!noted.includes(full)) noted.push(full)
      if (note.nextElementSibling?.textContent === 'Undo') continue
      if (!notes.includes(text)) notes.push(text)
    }
    for (const {target} of records) {
      if ((target as Element).hasAttribute?.('data-highlight')) highlighted.push(target.textContent ?? '')
    }
    // Some cards already flash when they are added to the document.
    // Other cards start to flash only after they were added.
    for (const element of records.flatMap(({target, addedNodes}) => [target, ...addedNodes])) {
      const card =
        element instanceof Element ? element.closest('li')?.querySelector('[data-flash]') : undefined
      const title = card?.querySelector('.card-title')?.textContent
      if (title && !flashed.includes(title)) flashed.push(title)
    }
  }).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['data-flash', 'data-highlight'],
  })
}
