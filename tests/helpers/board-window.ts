// The page in a window of a real browser, as a member looks at it.
import type {ExecutionContext} from 'ava'
import type {BrowserContext, Locator, Page} from 'playwright-core'
import {openBrowser} from './browser.ts'
import type {Server, Who} from './server.ts'

export interface BoardWindow {
  page: Page
  context: BrowserContext
  /** The card of the task with this title. */
  card(title: string): Locator
  /** The column of this name, as 'In progress'. */
  column(name: string): Locator
  /** Waits until the card is in the column. */
  sees(title: string, column: string): Promise<void>
  /** What has been said in the window since it was opened, each once: notes of others' changes and refusals. */
  said(): Promise<string[]>
  /** Titles of cards that have flashed since it was opened. */
  flashed(): Promise<string[]>
}

/** Opens the path for the member, in a profile of their own, and waits until it is live. `prepare` comes before. */
export async function openWindow(
  t: ExecutionContext,
  server: Pick<Server, 'url' | 'tokenFor'>,
  who: Who,
  path: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<BoardWindow> {
  const context = await openBrowser(t)
  await signIn(context, server.url, await server.tokenFor(who))
  const page = await context.newPage()
  await page.addInitScript(watch)
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
    said: () => page.evaluate('said') as Promise<string[]>,
    flashed: () => page.evaluate('flashed') as Promise<string[]>,
  }
}

/** As the sign-in does it, without its page. */
async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const response = await context.request.post(`${url}/api/v1/session`, {
    data: {token},
    headers: {origin: url},
  })
  if (!response.ok()) throw new Error(`Could not sign in: ${await response.text()}`)
}

export async function isLive(page: Page): Promise<void> {
  await page.locator('.connection[data-status=live]').waitFor()
}

/** Runs in the page: what is there for a moment only, a test that looks now and then would miss. */
function watch(): void {
  const said: string[] = []
  const flashed: string[] = []
  Object.assign(globalThis, {said, flashed})
  new MutationObserver(records => {
    for (const toast of document.getElementsByClassName('toast-text')) {
      const text = [...toast.children].map(({textContent}) => textContent).join(': ')
      if (!said.includes(text)) said.push(text)
    }
    // A card may have begun to flash, or have come flashing.
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
    attributeFilter: ['data-flash'],
  })
}
