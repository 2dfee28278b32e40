// `npm run screenshots -- [folder]` takes screenshots of the page in its different states.
// README shows the screenshot `note`. This program runs in ava, like all programs that use the test servers.
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import type {Browser, Page} from 'playwright-core'
import {chromium} from 'playwright-core'
import {buildPage} from '../helpers/page.ts'
import {sampleDashboard, sampleSprint, sampleTeam} from '../helpers/sample-sprint.ts'
import {startServer} from '../helpers/server.ts'

const folder = process.argv[2] ?? 'screenshots' // ava passes the arguments after `--` to this file
const {CHROMIUM = '/usr/bin/chromium'} = process.env
const wide = {width: 1440, height: 900}
const phone = {width: 360, height: 740}

await mkdir(folder, {recursive: true})
const server = await startServer({page: await buildPage()})
const {team, claimsOf} = await sampleTeam(server, 'shop')
const {project, sprint, tasks} = await sampleSprint(team)
await sampleDashboard(team, project.id)
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})

test.after.always(async () => {
  await browser.close()
  await server.close()
})

test('take screenshots of the page in its different states', async t => {
  t.timeout(1_200_000)
  await takePictures(browser)
  t.pass()
})

async function takePictures(browser: Browser): Promise<void> {
  const ada = await openAs(browser, 'ada', wide)
  const board = `/sprints/${sprint.id}`
  await open(ada, board)
  await shoot(ada, 'board-light')
  await ada.emulateMedia({colorScheme: 'dark'})
  await shoot(ada, 'board-dark')
  await ada.getByLabel('By story').check()
  await shoot(ada, 'stories-dark')
  await ada.emulateMedia({colorScheme: 'light'})
  await shoot(ada, 'stories-light')
  await ada.getByLabel('By status', {exact: true}).check()

  await team.grace.put(`/tasks/${taskNamed('Offer the last used card').id}/ownership`)
  await ada.getByRole('log').getByText('Grace Hopper took a task').waitFor()
  await shoot(ada, 'note')
  await ada.getByRole('log').getByText('Grace Hopper took a task').waitFor({state: 'detached'})
  await ada.getByRole('button', {name: /^Move or edit: Remember the delivery/}).click({force: true})
  await shoot(ada, 'menu')
  await ada.keyboard.press('Escape')
  await loseRace(ada)
  await shoot(ada, 'lost-race')
  await ada.getByRole('button', {name: 'Dismiss'}).click()

  await team.grace.post(`/tasks/${taskNamed('Keep the basket').id}/comments`, {
    body: 'It happens only when the tab slept for an hour. @Ada Lovelace, do you still have the log?',
    mentions: [(await team.ada.caller()).user_id],
  })
  await ada.getByRole('button', {name: 'Keep the basket when a session expires', exact: true}).click()
  await ada.getByText('It happens only').waitFor()
  await shoot(ada, 'task')
  await ada.keyboard.press('Escape')
  await ada.getByRole('button', {name: /^Notifications/}).click()
  await shoot(ada, 'notifications')
  await ada.keyboard.press('Escape')
  await ada.keyboard.press('?')
  await shoot(ada, 'shortcuts')
  await ada.keyboard.press('Escape')
  await ada.getByRole('button', {name: 'New task', exact: true}).click()
  await shoot(ada, 'new-task')
  await ada.keyboard.press('Escape')
  await ada.getByLabel('Filter by text').fill('nothing like this')
  await shoot(ada, 'filtered-empty')
  await ada.getByLabel('Filter by text').fill('')
  await shootFieldError(ada)

  await open(ada, '/')
  await ada.getByText('Nightly replay').waitFor()
  await shoot(ada, 'dashboard-light')
  await ada.emulateMedia({colorScheme: 'dark'})
  await shoot(ada, 'dashboard-dark')
  await ada.emulateMedia({colorScheme: 'light'})
  await ada.setViewportSize(phone)
  await shoot(ada, 'dashboard-phone')
  await open(ada, board)
  await shoot(ada, 'board-phone')
  await ada.getByRole('button', {name: 'Keep the basket when a session expires', exact: true}).click()
  await shoot(ada, 'task-phone')
  await ada.keyboard.press('Escape')
  await ada.setViewportSize({width: 2560, height: 1440})
  await shoot(ada, 'board-wall')
  await ada.setViewportSize(wide)

  const {body: empty} = await team.ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 13'})
  await open(ada, `/sprints/${empty.id}`)
  await shoot(ada, 'empty')
  await open(ada, board)
  await ada.context().setOffline(true)
  await ada.getByText('You are offline').waitFor()
  await shoot(ada, 'offline')
  await ada.context().close()

  const nobody = await browser.newPage({viewport: wide})
  await nobody.goto(server.url)
  await nobody.getByRole('button', {name: 'Sign in', exact: true}).waitFor()
  await shoot(nobody, 'sign-in')
}

/** Takes a screenshot of the sprint form when the end date is before the start date. */
async function shootFieldError(ada: Page): Promise<void> {
  await ada.getByRole('button', {name: 'Edit sprint'}).click()
  await ada.getByLabel('End date').fill('2020-01-01')
  await ada.getByRole('button', {name: 'Save changes'}).click()
  await ada.getByText('must not be before').waitFor()
  await shoot(ada, 'field-error')
  await ada.keyboard.press('Escape')
  await ada.getByRole('button', {name: 'Discard changes'}).click()
}

/** Lets Grace take a task before the server receives Ada's request to take the same task. */
async function loseRace(ada: Page): Promise<void> {
  const {id, title} = taskNamed('Write down how to refund')
  await ada.route(`**/tasks/${id}/ownership`, async route => {
    await team.grace.put(`/tasks/${id}/ownership`)
    await route.continue()
  })
  await ada.getByRole('button', {name: `Take: ${title}`}).click()
  await ada.getByText('Grace Hopper took this task first').waitFor()
}

function taskNamed(start: string) {
  return tasks.find(({title}) => title.startsWith(start))!
}

async function openAs(browser: Browser, name: 'ada', viewport: typeof wide): Promise<Page> {
  const context = await browser.newContext({viewport, locale: 'en-GB', reducedMotion: 'no-preference'})
  await context.request.post(`${server.url}/api/v1/session`, {
    data: {token: await server.tokenFor(claimsOf(name))},
    headers: {origin: server.url},
  })
  return context.newPage()
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(server.url + path)
  await page.getByText('Live', {exact: true}).waitFor()
}

async function shoot(page: Page, name: string): Promise<void> {
  // After this time, the animations have ended, and a note is still visible.
  await page.waitForTimeout(600)
  await page.screenshot({path: join(folder, `${name}.png`)})
  console.log(name)
}
