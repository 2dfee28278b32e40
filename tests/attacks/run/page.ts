/**
 * Opens a board with hostile texts in a real Chromium, and checks that the page shows these texts only as text and
 * does not run them.
 */

import type {BrowserContext, Page} from 'playwright-core'
import {launchChromium} from '../../helpers/chromium.ts'
import {requireSuccess, sendAs} from './client.ts'
import {hostileTexts} from './hostile-texts.ts'
import {signIn} from './sign-in.ts'
import type {World, WorldTools} from './world.ts'

const maxPanels = 12
const timeoutMs = 120_000

export interface PageResult {
  /** The number of views that were opened. */
  views: number
  findings: string[]
}

/** A view of the page. */
interface View {
  path: string
  /** The title of the task. Set only when the view shows a single task. */
  title?: string
}

/** Call this function after the hostile texts have been stored. The server must serve the page. */
export async function runPage(
  {client, issuer, transcript, world}: WorldTools & {world: World},
  url: string,
): Promise<PageResult> {
  const {attacked} = world
  const views = await viewsOf({client, world})
  for (const [index, name] of Object.values(hostileTexts).entries()) {
    if (name.length > 1_000) continue
    const token = issuer.token({sub: `member-${index}`, org: attacked.claim, role: 'member', name})
    await client.send({method: 'GET', path: '/api/v1/me', headers: {authorization: `Bearer ${token}`}})
  }
  const browser = await launchChromium()
  try {
    // The policy of the page would stop most scripts. Even without this policy, the page must not run the scripts.
    const context = await browser.newContext({bypassCSP: true})
    const [name, value] = (await signIn(client, attacked.tokens.admin)).split('=') as [string, string]
    transcript.addCredential('the session of the page', value)
    await context.addCookies([{name, value, url: `${url}/api/v1`}])
    context.setDefaultTimeout(timeoutMs)
    const findings: string[] = []
    for (const view of views) {
      const found = await visit(context, url, view)
      findings.push(...found.map(finding => `The page ${view.path}: ${finding}`))
    }
    return {views: views.length, findings}
  } finally {
    await browser.close()
  }
}

/** Returns the dashboard, the project, its board, and some tasks whose texts try to run a script. */
async function viewsOf({client, world}: Pick<WorldTools, 'client'> & {world: World}): Promise<View[]> {
  const {ids, tokens} = world.attacked
  const path = `/api/v1/stories/${ids.story}/tasks?limit=200`
  const tasks = await requireSuccess(sendAs(client, tokens.admin)({method: 'GET', path}))
  const scripted = tasks.body.items.filter((task: object) => JSON.stringify(task).includes('attacked=1'))
  if (scripted.length === 0) throw new Error('No task contains a script. Run the part `texts` first.')
  const board = `/sprints/${ids.sprint}`
  const panels = scripted
    .slice(0, maxPanels)
    .map(({id, title}: {id: string; title: string}) => ({path: `${board}#${id}`, title}))
  return [{path: '/'}, {path: `/projects/${ids.project}`}, {path: board}, ...panels]
}

async function visit(context: BrowserContext, url: string, {path, title}: View): Promise<string[]> {
  const findings: string[] = []
  const page = await context.newPage()
  page.on('dialog', dialog => {
    findings.push(`it opens a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', error => findings.push(`an error occurs: ${error.message}`))
  page.on('request', request => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:image/')) {
      findings.push(`it requests ${request.url()}`)
    }
  })
  await page.goto(url + path)
  await page.locator('.connection[data-status=live]').waitFor()
  await page.locator('main').waitFor()
  if (title !== undefined) {
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    if (!wordsOf(await dialog.innerText()).includes(wordsOf(title)))
      findings.push('it does not show the title')
  }
  findings.push(...(await strangeElements(page)))
  await page.close()
  return findings
}

/** A browser shows a sequence of white space as one space. */
function wordsOf(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

async function strangeElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const strange = [...document.querySelectorAll('*')].filter(element => {
      const hasHandler = [...element.attributes].some(({name}) => name.startsWith('on'))
      const isForeign =
        ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FORM'].includes(element.tagName) && !element.className
      const href = element.getAttribute('href') ?? element.getAttribute('src') ?? ''
      return hasHandler || isForeign || /^\s*(javascript|data|vbscript):/i.test(href)
    })
    const found = strange.map(element => `it contains ${element.outerHTML.slice(0, 200)}`)
    return 'attacked' in globalThis ? [...found, 'a script ran'] : found
  })
}
