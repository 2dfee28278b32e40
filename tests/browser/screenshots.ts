// `npm run screenshots -- [folder] [names]` takes screenshots of the page in its states, in three widths, light and dark,
// and checks each of them with axe-core.
// `names` is a regular expression, for example '^task'; by default, all states are taken. README shows the state `note`.
// This program runs in ava, like all programs that use the test servers.
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import test from 'ava'
import type {BrowserContext, Page} from 'playwright-core'
import {createDemoBoard} from '../../src/demo-board.ts'
import {findViolations} from '../helpers/accessibility.ts'
import {signIn} from '../helpers/board-window.ts'
import {launchChromium} from '../helpers/chromium.ts'
import {linkPullRequest} from '../helpers/link-pull-request.ts'
import {buildPage} from '../helpers/page.ts'
import {day, sampleDashboard, sampleSprint, sampleTeam} from '../helpers/sample-sprint.ts'
import {startServer, type Who} from '../helpers/server.ts'

const [, , folder = 'screenshots', names = ''] = process.argv // ava passes the arguments after `--` to this file
const widths = {1440: 900, 1024: 768, 390: 844} // each with its height

interface State {
  name: string
  /** Default: the board of the sample. */
  path?: string
  /** Default: Ada, the admin of the sample. Null when nobody is signed in. */
  who?: Who | null
  isDemo?: true
  /** Called before the page is opened. */
  prepare?(page: Page): Promise<unknown>
  /** Brings the page to the state. */
  show?(page: Page): Promise<unknown>
  /** Whether the page leaves the state when its width changes. The state is then shown again for each width. */
  isPerWidth?: true
}

await mkdir(folder, {recursive: true})
const page = await buildPage()
const server = await startServer({page})
const demo = await startServer({page, demo: true})
const browser = await launchChromium()
const {team, claimsOf} = await sampleTeam(server, 'shop')
const {project, sprint, tasks} = await sampleSprint(team)
await sampleDashboard(team, project.id)
const ofDemo = (sub: string, name: string) => ({sub, name, org: 'demo', role: 'admin'}) as const
const demoAda = ofDemo('ada', 'Ada Lovelace')
const {sprint_id: demoSprint} = await createDemoBoard(demo.db, {
  ada: await demo.as(demoAda).caller(),
  grace: await demo.as(ofDemo('grace', 'Grace Hopper')).caller(),
  edsger: await demo.as(ofDemo('edsger', 'Edsger Dijkstra')).caller(),
})

const board = `/sprints/${sprint.id}`
const inProject = `/projects/${project.id}`
const nowhere = '00000000-0000-4000-8000-000000000000'
const newcomer = {sub: 'new', org: 'empty', role: 'admin', name: 'Alan Turing'} as const
const basket = taskNamed('Keep the basket')
const refund = taskNamed('Write down how to refund')
const {body: emptySprint} = await team.ada.post(`${inProject}/sprints`, {name: 'Sprint 13'})
const {body: newSprint} = await team.ada.post(`${inProject}/sprints`, {name: 'Sprint 14'})
const voice = {title: 'Order by voice at the counter', sprint_id: newSprint.id}
const {body: newStory} = await team.ada.post(`${inProject}/stories`, voice)
const {body: deleted} = await team.ada.post(`${inProject}/sprints`, {name: 'Sprint 15'})
const {body: elsewhere} = await team.ada.post(`/stories/${newStory.id}/tasks`, {title: 'Choose a microphone'})
const {user_id} = await team.ada.caller()
await team.grace.post(`/tasks/${basket.id}/comments`, {
  body: 'It happens only when the tab slept for an hour. @Ada Lovelace, do you still have the log?',
  mentions: [user_id],
})
const {body: removed} = await team.ada.post(`/tasks/${basket.id}/comments`, {body: 'Wrong task, sorry.'})
await team.grace.post(`${inProject}/escalations`, {
  question: 'How long may a session last at the till?',
  task_id: taskNamed('Offer the last used card').id,
  assignee_user_id: user_id,
})
await team.ada.post(`/tasks/${basket.id}/comments`, {body: 'Yes, I attach it to the ticket today.'})
const {body: parcel} = await team.ada.post(`${inProject}/stories`, {
  title: 'As a customer, I return a parcel without printing a label',
})
const {body: code} = await team.ada.post(`/stories/${parcel.id}/tasks`, {
  title: 'Show the code of the return in the order',
  description: 'The post office scans it **from the phone**.',
  estimated_hours: 3,
})
await team.ada.post(`/stories/${parcel.id}/tasks`, {title: 'Ask the carriers which codes they read'})
await team.grace.put(`/tasks/${code.id}/ownership`)
await planTasks()
const closedSprintId = await closeSprints()
await team.edsger.post(`${inProject}/escalations`, {
  kind: 'release',
  question: 'I wrote the alerts of the till. May I take this one too?',
  task_id: taskNamed('Alert when two').id,
})

// A request to release a task ends when the owner completes the task.
const {body: tested} = await team.ada.post(`/stories/${newStory.id}/tasks`, {title: 'Test the microphones'})
await team.grace.put(`/tasks/${tested.id}/ownership`)
await team.grace.put(`/tasks/${tested.id}/status`, {status: 'in_progress'})
await team.edsger.post(`${inProject}/escalations`, {
  kind: 'release',
  question: 'I have two microphones here. May I test them?',
  task_id: tested.id,
})
await team.grace.put(`/tasks/${tested.id}/status`, {status: 'completed'})

const orderView = taskNamed('Show the order')
const markdown = `Two things must hold:

1. the **day** of the shop counts, not the day of the customer;
2. a night order that is paid after midnight keeps its day.

| Zone | Offset |
| --- | ---: |
| Europe/Lisbon | 0 h |
| Asia/Kolkata | 5.5 h |

\`\`\`ts
const day = new Intl.DateTimeFormat('sv', {timeZone}).format(order.placedAt) // a line that is longer than the panel
\`\`\`

> The till prints the day as text.

- [x] ask the tax office
- [ ] see ${basket.key} and https://www.rfc-editor.org/rfc/rfc9557`
await team.ada.patch(`/tasks/${orderView.id}`, {description: markdown})
await team.grace.post(`/tasks/${orderView.id}/comments`, {
  body: 'Done with `Temporal`:\n- *no* offset\n- **no** string',
})
for (const {id} of [basket, elsewhere]) await team.ada.put(`/tasks/${orderView.id}/blockers/${id}`)

const linked = taskNamed('Link from')
await linkPullRequest(server.url, team.ada, {...linked, project_id: project.id})

// Ava starts the tests when the first hook has been declared.
test.after.always(async () => {
  await browser.close()
  await demo.close()
  await server.close()
})

const states: State[] = [
  {name: 'sign-in', path: '/', who: null, show: page => see(page, 'Sign in')},
  {name: 'sign-in-demo', path: '/', who: null, isDemo: true, show: page => see(page, 'Choose a member')},
  {name: 'not-found', path: '/nowhere', show: page => see(page, 'Page not found')},

  {name: 'dashboard', path: '/', show: page => see(page, 'Nightly replay')},
  {name: 'dashboard-empty', path: '/', who: newcomer, show: page => see(page, 'No projects yet')},
  {name: 'dashboard-demo', path: '/', isDemo: true, show: page => see(page, 'Waiting for you')},
  {name: 'dashboard-loading', path: '/', prepare: page => hold(page, '**/api/v1/dashboard*')},
  {
    name: 'dashboard-failed',
    path: '/',
    prepare: page => page.route('**/api/v1/dashboard*', route => route.abort()),
    show: page => see(page, 'Could not load the projects'),
  },
  {
    name: 'my-work',
    path: '/my-work',
    show: page => page.getByRole('region', {name: 'Waiting for you'}).waitFor(),
  },
  {name: 'my-work-empty', path: '/my-work', who: newcomer, show: page => see(page, 'Nothing waits for you')},
  {name: 'my-work-filtered', path: '/my-work?show=blocked'},
  {name: 'project', path: inProject, show: page => page.locator('summary').first().click()},
  {
    name: 'project-backlog',
    path: inProject,
    async show(page) {
      await page.getByText(/^Backlog: /).click()
      await page.getByRole('button', {name: /^Tasks of “As a customer, I return/}).click()
      await page.getByText('Ask the carriers').scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'task-backlog',
    path: `${inProject}#${code.key}`,
    show: page => see(page, 'from the phone'),
  },
  {name: 'project-missing', path: `/projects/${nowhere}`, show: page => see(page, 'Project not found')},
  {
    name: 'reload-page',
    prepare: page => page.route('**/assets/home-page-*.js', route => route.abort()),
    async show(page) {
      await page.locator('.brand').click()
      await see(page, 'Could not load this page')
    },
  },

  {name: 'board'},
  {name: 'board-demo', path: `/sprints/${demoSprint}`, isDemo: true},
  {name: 'board-loading', prepare: page => hold(page, '**/board')},
  {
    name: 'board-failed',
    prepare: page => page.route('**/board', route => route.abort()),
    show: page => see(page, 'Could not load the board'),
  },
  {name: 'board-empty', path: `/sprints/${emptySprint.id}`, show: page => see(page, 'No stories yet')},
  {
    name: 'board-closed',
    path: `/sprints/${closedSprintId}`,
    show: page => see(page, 'is closed'),
  },
  {name: 'board-new', path: `/sprints/${newSprint.id}`},
  {
    name: 'board-offline',
    async show(page) {
      await page.context().setOffline(true)
      await see(page, 'You are offline')
    },
  },
  {
    name: 'sprint-deleted',
    path: `/sprints/${deleted.id}`,
    async show(page) {
      await team.ada.delete(`/sprints/${deleted.id}`)
      await see(page, 'Sprint not found')
    },
  },
  {name: 'filter-empty', show: page => page.getByLabel('Filter by text').fill('nothing like this')},
  {
    name: 'filter-active',
    async show(page) {
      await page.getByLabel('Filter by owner').selectOption('Ada Lovelace')
      await page.getByLabel('Filter by label').selectOption('payments')
      await page.getByLabel('Filter by priority').selectOption('high')
    },
  },
  {
    name: 'board-limits',
    prepare: page =>
      page.route('**/api/v1/projects/*', async route => {
        const response = await route.fetch()
        const project = await response.json()
        await route.fulfill({response, json: {...project, wip_limits: {owned: 2, in_progress: 3}}})
      }),
    show: page => page.locator('.column').getByText('3 of 2').waitFor(),
  },
  {name: 'selection', show: select},
  {
    name: 'selection-status',
    isPerWidth: true,
    async show(page) {
      await select(page)
      await page.getByRole('region', {name: 'Selected tasks'}).getByTitle('Status').click()
    },
  },
  {
    name: 'selection-story',
    async show(page) {
      await select(page)
      await page.getByRole('region', {name: 'Selected tasks'}).getByTitle('Move').click()
      await see(page, 'Backlog')
    },
  },
  {
    name: 'selection-delete',
    async show(page) {
      await select(page)
      await page.getByRole('region', {name: 'Selected tasks'}).getByTitle('Delete').click()
    },
  },
  {
    name: 'selection-hidden',
    async show(page) {
      await select(page)
      await page.getByLabel('Filter by text').fill('refund')
      await page
        .getByRole('region', {name: 'Selected tasks'})
        .getByText(/hidden by/)
        .waitFor()
    },
  },
  {
    name: 'undo',
    isPerWidth: true,
    async show(page) {
      await page.locator('[data-task]', {hasText: 'Write down how'}).press(' ')
      await page.getByRole('button', {name: 'Undo'}).waitFor()
    },
  },
  {name: 'stories', show: byStory},
  {name: 'stories-new', path: `/sprints/${newSprint.id}`, show: byStory},
  {
    name: 'session-ended',
    async show(page) {
      await page.context().request.delete(`${server.url}/api/v1/session`, {headers: {origin: server.url}})
      await see(page, 'Your session has ended')
    },
  },

  {name: 'task', path: `${board}#${basket.id}`, show: page => see(page, 'It happens only')},
  {
    name: 'task-demo',
    path: `/sprints/${demoSprint}`,
    isDemo: true,
    show: page => openCard(page, 'Show when'),
  },
  {
    name: 'task-loading',
    prepare: page => hold(page, '**/assets/dialogs-*'),
    show: page => openCard(page, 'Merge address'),
  },
  {
    name: 'task-markdown',
    path: `${board}#${orderView.id}`,
    show: page => page.getByText('Choose a microphone').scrollIntoViewIfNeeded(),
  },
  {name: 'task-question', show: page => openCard(page, 'Offer the last used card')},
  {
    name: 'task-draft',
    async show(page) {
      await openCard(page, 'Merge address')
      await page.getByPlaceholder('Write a comment').fill('I have tried it on my phone, and')
    },
  },
  {
    name: 'comment-deleted',
    path: `${board}#${basket.id}`,
    async show(page) {
      await see(page, 'Wrong task, sorry.')
      await team.ada.delete(`/comments/${removed.id}`)
      await page.getByText('Wrong task, sorry.').waitFor({state: 'detached'})
    },
  },
  {
    name: 'comment-edited',
    path: `${board}#${basket.id}`,
    async show(page) {
      await page.getByRole('button', {name: 'Edit comment'}).first().click()
      await page.getByText('Save', {exact: true}).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'task-links',
    path: `${board}#${linked.id}`,
    show: page => page.getByText('Pull requests and commits').scrollIntoViewIfNeeded(),
  },
  {
    name: 'task-history',
    path: `${board}#${basket.id}`,
    async show(page) {
      await page.locator('summary', {hasText: 'History'}).click()
      await page.getByText('created this task').scrollIntoViewIfNeeded()
    },
  },
  {name: 'task-blocked', show: page => openCard(page, 'Link from a ticket')},
  {name: 'task-planned', show: page => openCard(page, 'Remember the delivery')},
  {
    name: 'checklist-refused',
    prepare: page =>
      page.route('**/checklist', route =>
        route.fulfill({status: 503, json: {code: 'store-busy', detail: 'The database is busy. Try again.'}}),
      ),
    async show(page) {
      await openCard(page, 'Remember the delivery')
      await page.getByLabel('New checklist item').fill('Ask the courier for the hours of the depot')
      await page.keyboard.press('Enter')
      await page.locator('.notes-item').last().waitFor()
    },
  },
  {
    name: 'release-requested',
    path: `${board}#${taskNamed('Alert when two').id}`,
    who: claimsOf('edsger'),
    show: page => see(page, 'Release requested'),
  },
  {name: 'release-answer', path: `${board}#${taskNamed('Alert when two').id}`},
  {name: 'task-elsewhere', path: `${board}#${elsewhere.id}`, show: page => see(page, 'is in the sprint')},
  {name: 'task-deleted', path: `${board}#${nowhere}`},

  {name: 'new-task', show: page => press(page, 'New task')},
  {name: 'edit-task', show: page => choose(page, 'Edit')},
  {name: 'delete-task', show: page => choose(page, 'Delete')},
  {name: 'ask', show: page => choose(page, 'Ask a question')},
  {name: 'assign', show: page => choose(page, 'Assign to')},
  {name: 'move-task', show: page => choose(page, 'Move to another story')},
  {
    name: 'ask-release',
    who: claimsOf('grace'),
    show: page => choose(page, 'Ask for release', 'Keep the basket'),
  },
  {
    name: 'labels',
    async show(page) {
      await openCard(page, 'Remember the delivery')
      await page.getByRole('button', {name: /^Labels:/}).click()
    },
  },
  {
    name: 'edit-labels',
    async show(page) {
      await openCard(page, 'Remember the delivery')
      await page.getByRole('button', {name: /^Labels:/}).click()
      await press(page, 'Rename, recolour or delete labels…')
    },
  },
  {
    name: 'burndown',
    prepare: page => page.route('**/burndown', route => route.fulfill({json: burndown()})),
    show: page => press(page, 'Burndown'),
  },
  {name: 'burndown-first', show: page => press(page, 'Burndown')},
  {
    name: 'sprint-history',
    async show(page) {
      await press(page, 'Sprint history')
      await page.locator('.history li').first().waitFor()
    },
  },
  {name: 'start-sprint', path: `/sprints/${newSprint.id}`, show: page => press(page, 'Start sprint')},
  {name: 'close-sprint', show: page => press(page, 'Close sprint')},
  {name: 'new-story', show: page => press(page, 'New story')},
  {
    name: 'edit-story',
    async show(page) {
      await byStory(page)
      await page.getByRole('button', {name: 'Edit story'}).first().click()
    },
  },
  {name: 'edit-sprint', show: page => press(page, 'Edit sprint')},
  {
    name: 'field-error',
    async show(page) {
      await press(page, 'Edit sprint')
      await page.getByLabel('End date').fill('2020-01-01')
      await press(page, 'Save changes')
      await see(page, 'must not be before')
    },
  },
  {
    name: 'conflict',
    async show(page) {
      await choose(page, 'Edit')
      await page.getByLabel('Title').fill('Write down how to refund by post')
      await team.grace.patch(`/tasks/${refund.id}`, {title: 'Write down how to refund by phone'})
      await press(page, 'Save changes')
      await see(page, 'changed while you were editing')
    },
  },
  {
    name: 'plan-sprint',
    async show(page) {
      await press(page, 'Plan')
      await see(page, 'Gift cards')
    },
  },
  {name: 'search', show: page => press(page, 'Search')},
  {
    name: 'search-found',
    async show(page) {
      await press(page, 'Search')
      await page.getByLabel('Search tasks').fill('order')
      await page.locator('mark').first().waitFor()
    },
  },
  {name: 'shortcuts', show: page => page.keyboard.press('?')},
  {name: 'new-project', path: '/', show: page => press(page, 'New project')},
  {name: 'edit-project', path: '/', show: page => page.getByTitle('Edit project').first().click()},
  {name: 'velocity', path: inProject, show: page => press(page, 'Velocity')},
  {
    name: 'velocity-empty',
    path: inProject,
    prepare: page =>
      page.route('**/velocity', route => route.fulfill({json: {project_id: project.id, sprints: []}})),
    show: page => press(page, 'Velocity'),
  },
  {name: 'velocity-demo', path: '/', isDemo: true, show: page => press(page, 'Velocity')},
  {
    name: 'project-menu',
    path: inProject,
    show: page => page.getByRole('button', {name: /^Import and export/}).click(),
    isPerWidth: true,
  },
  {name: 'import', path: inProject, show: openImport},
  {name: 'import-preview', path: inProject, show: previewImport},
  {
    name: 'import-refused',
    path: inProject,
    async show(page) {
      await openImport(page)
      await chooseFile(page, 'board.json', '{"cards": ')
      await see(page, 'it is not valid JSON')
    },
  },
  {
    name: 'import-running',
    path: inProject,
    prepare: page =>
      page.route('**/imports?*', route =>
        route.request().url().includes('preview=true') ? route.continue() : undefined,
      ),
    async show(page) {
      await previewImport(page)
      await press(page, 'Import 3 tasks')
    },
  },
  {
    name: 'import-failed',
    path: inProject,
    prepare: page =>
      page.route('**/imports?*', route =>
        route.request().url().includes('preview=true') ? route.continue() : route.abort(),
      ),
    async show(page) {
      await previewImport(page)
      await press(page, 'Import 3 tasks')
      await see(page, 'The connection was lost')
    },
  },
  {name: 'new-sprint', path: '/', show: page => press(page, 'New sprint')},

  {name: 'menu', show: page => openMenu(page), isPerWidth: true},
  {name: 'switcher', show: page => press(page, 'Switch to another sprint'), isPerWidth: true},
  {name: 'account', show: page => page.getByRole('button', {name: /^Account/}).click()},
  {name: 'notifications', show: page => page.getByRole('button', {name: /^Notifications/}).click()},
  {
    name: 'notifications-ended',
    who: claimsOf('edsger'),
    show: page => page.getByRole('button', {name: /^Notifications/}).click(),
  },
  {
    name: 'notifications-empty',
    path: '/',
    who: newcomer,
    show: page => page.getByRole('button', {name: /^Notifications/}).click(),
  },
  {
    name: 'notifications-desktop',
    async show(page) {
      await page.getByRole('button', {name: /^Notifications/}).click()
      await page.getByLabel('Desktop notifications').click()
    },
  },
  {
    name: 'note',
    async show(page) {
      await team.grace.put(`/tasks/${taskNamed('Load reviews only').id}/ownership`)
      await page.getByRole('log').getByText('Grace Hopper took a task').waitFor()
    },
  },
  {
    name: 'lost-race',
    async show(page) {
      const {id, title} = taskNamed('Ask the bank')
      await page.route(`**/tasks/${id}/ownership`, async route => {
        await team.grace.put(`/tasks/${id}/ownership`)
        await route.continue()
      })
      await press(page, `Take: ${title}`)
      await see(page, 'Grace Hopper took this task first')
    },
  },
]

test('take screenshots of the page in its states', async t => {
  t.timeout(1_800_000)
  const findings: string[] = []
  for (const state of states.filter(({name}) => new RegExp(names).test(name))) {
    const context = await browser.newContext({locale: 'en-GB', reducedMotion: 'reduce'})
    const found = await take(context, state).catch(error => [error.message])
    findings.push(...found.map(finding => `${state.name}: ${finding}`))
    await context.close()
  }
  t.deepEqual(findings, [])
})

/** Returns what axe-core finds in the state, in all looks. */
async function take(context: BrowserContext, state: State): Promise<string[]> {
  const findings: string[] = []
  const {name, path = board, isDemo, who = isDemo ? demoAda : claimsOf('ada')} = state
  const {url, tokenFor} = isDemo ? demo : server
  context.setDefaultTimeout(10_000)
  if (who) await signIn(context, url, await tokenFor(who))
  const page = await context.newPage()
  await state.prepare?.(page)
  let isShown = false
  for (const [width, height] of Object.entries(widths).reverse()) {
    await page.setViewportSize({width: Number(width), height})
    if (!isShown || state.isPerWidth) {
      await page.goto(url + path)
      if (who && !state.prepare) await page.locator('.connection[data-status=live], .failure').waitFor()
      await state.show?.(page)
    }
    isShown = true
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({colorScheme})
      await page.waitForTimeout(300) // until transitions have ended, while notes are still visible
      await page.screenshot({path: join(folder, `${name}-${width}-${colorScheme}.png`)})
      // Of a page with a modal dialog, only the dialog is checked, because the rest is inert.
      const within = (await page.locator('dialog:modal').count()) > 0 ? 'dialog:modal' : undefined
      const found = await findViolations(page, within)
      findings.push(...found.map(finding => `${width}, ${colorScheme}: ${finding}`))
    }
  }
  console.log(name)
  return findings
}

/** Leaves the requests without a response. */
function hold(page: Page, url: string): Promise<unknown> {
  return page.route(url, () => {})
}

function see(page: Page, text: string): Promise<void> {
  return page.getByText(text).first().waitFor()
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', {name, exact: true}).first().click()
}

/** Selects three cards by the keyboard. */
async function select(page: Page): Promise<void> {
  const cards = page.locator('.column').nth(1).locator('[data-task]')
  for (const index of [0, 1, 2]) await cards.nth(index).press('x')
  await page.getByRole('region', {name: 'Selected tasks'}).waitFor()
}

async function byStory(page: Page): Promise<void> {
  await page.getByRole('radio', {name: 'By story'}).check()
}

async function openCard(page: Page, title: string): Promise<void> {
  await page.locator('[data-task]', {hasText: title}).getByText(title).click()
  await page.locator('dialog[data-kind=side]').waitFor()
}

async function openMenu(page: Page, title = 'Write down how to refund'): Promise<void> {
  const card = page.locator('[data-task]', {hasText: title})
  await card.getByRole('button', {name: 'Move or edit'}).click({force: true})
}

async function choose(page: Page, item: string, title?: string): Promise<void> {
  await openMenu(page, title)
  await page.getByRole('menuitem', {name: item}).click()
}

async function openImport(page: Page): Promise<void> {
  await page.getByRole('button', {name: /^Import and export/}).click()
  await page.getByRole('menuitem', {name: 'Import…'}).click()
  await see(page, 'Choose a file')
}

function chooseFile(page: Page, name: string, text: string): Promise<void> {
  return page.locator('input[type=file]').setInputFiles({name, mimeType: '', buffer: Buffer.from(text)})
}

async function previewImport(page: Page): Promise<void> {
  const rows = [
    'title,story,status,owner,labels,priority',
    'Scan the gift card,Gift cards at the till,Doing,Ada Lovelace,payments,high',
    'Print the balance,Gift cards at the till,To do,Alan Turing,payments; printer,',
    'Refund to the card,Gift cards at the till,Waiting for the bank,,,',
  ]
  await openImport(page)
  await chooseFile(page, 'gift-cards.csv', rows.join('\n'))
  await see(page, 'Import 3 tasks')
}

function taskNamed(start: string) {
  return tasks.find(({title}) => title.startsWith(start))!
}

/** Gives some tasks labels, priorities and due dates. */
async function planTasks(): Promise<void> {
  const labels: Record<string, string> = {}
  for (const [name, color] of Object.entries({
    payments: 'green',
    checkout: 'blue',
    bug: 'red',
    research: 'purple',
  })) {
    const {body} = await team.ada.post(`${inProject}/labels`, {name, color})
    labels[name] = body.id
  }
  const plan = async (title: string, names: string[], fields: object) => {
    const label_ids = names.map(name => labels[name]!)
    await team.ada.patch(`/tasks/${taskNamed(title).id}`, {label_ids, ...fields})
  }
  await plan('Keep the basket', ['checkout', 'bug'], {priority: 'urgent', due_on: day(-1)})
  await plan('Remember the delivery', ['checkout', 'payments', 'research'], {
    priority: 'medium',
    due_on: day(3),
  })
  await plan('Alert when two', ['payments'], {priority: 'high', due_on: day(0)})
  await plan('Ask the bank', ['payments', 'research'], {priority: 'high'})
  await plan('Serve pictures', [], {priority: 'low', due_on: day(6)})
  await plan('Idempotency key', ['payments'], {})
  await team.ada.put(`/tasks/${taskNamed('Link from').id}/blockers/${taskNamed('Show the order').id}`)
}

/** Creates closed sprints, from which the velocity of the project is computed. Returns the id of the last one. */
async function closeSprints(): Promise<string> {
  let id = ''
  const planned = [
    [5, 3],
    [6, 5],
    [4, 4],
    [7, 4],
  ] as const
  for (const [index, [planned_count, done]] of planned.entries()) {
    const {body: past} = await team.ada.post(`${inProject}/sprints`, {name: `Sprint ${7 + index}`})
    const {body: story} = await team.ada.post(`${inProject}/stories`, {
      title: 'Past work',
      sprint_id: past.id,
    })
    // Tasks that were completed before the start of the sprint are not counted.
    await team.ada.put(`/sprints/${past.id}/status`, {status: 'active'})
    for (let number = 1; number <= planned_count; number++) {
      const {body: task} = await team.ada.post(`/stories/${story.id}/tasks`, {
        title: `Past task ${number}`,
        estimated_hours: number,
      })
      if (number > done) continue
      await team.ada.put(`/tasks/${task.id}/ownership`)
      for (const status of ['in_progress', 'completed'])
        await team.ada.put(`/tasks/${task.id}/status`, {status})
    }
    await team.ada.put(`/sprints/${past.id}/status`, {status: 'closed'})
    await team.ada.delete(`/stories/${story.id}`)
    id = past.id
  }
  return id
}

/** Returns the burndown of a sprint that has run for six days. */
function burndown() {
  const completed = [0, 1, 1, 4, 5, 5, 7]
  const days = completed.map((completed_task_count, index) => ({
    day: day(index - 6),
    task_count: index < 3 ? 15 : 16,
    completed_task_count,
    estimated_hours: 40,
    completed_hours: completed_task_count * 2.5,
  }))
  return {sprint_id: sprint.id, days}
}
