// Four members plan, work and close a sprint in four windows. After every step, each window shows the board of the server.
import {isDeepStrictEqual} from 'node:util'
import type {Route} from 'playwright-core'
import {compareRanks} from '../../src/client/board.ts'
import type {Board, BoardTask} from '../../src/client/client.ts'
import {priorityLabels, statuses} from '../../src/page/parts/words.ts'
import {type BoardWindow, openWindow} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {sampleTeam} from '../helpers/sample-sprint.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()
const names = ['ada', 'grace', 'edsger', 'barbara'] as const
type Name = (typeof names)[number]
type Windows = Record<Name, BoardWindow>

/** What a card shows: the column, the title, the owner and the facts. */
type Shown = Record<'column' | 'title' | 'owner' | 'facts', string>

test.serial(
  'four members plan, work and close a sprint, and each window shows the board of the server',
  async t => {
    t.timeout(120_000)
    const {team, claimsOf} = await sampleTeam(server, 'sprint')
    const {body: project} = await team.ada.post('/projects', {name: 'Shop', key: 'SHOP'})
    const {body: sprint} = await team.ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 1'})
    const {body: next} = await team.ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'})
    const windows = {} as Windows
    for (const name of names)
      windows[name] = await openWindow(t, server, claimsOf(name), `/sprints/${sprint.id}`)
    const {ada, grace, edsger, barbara} = windows

    let shownSprint = sprint.id
    /** Asserts that each window shows the board of the server, as soon as the last changes have arrived. */
    const equal = async (step: string) => {
      for (const name of names) {
        let pair: [shown: Shown[], expected: Shown[]] = [[], []]
        const isEqual = async () => {
          const {body: board} = await team.ada.get(`/sprints/${shownSprint}/board`)
          pair = [await shownIn(windows[name]), expectedIn(board, claimsOf(name).name)]
          return isDeepStrictEqual(...pair)
        }
        await until(isEqual, 100).catch(() => undefined) // the assertion below shows the difference
        t.deepEqual(...pair, `${step}, in the window of ${name}`)
      }
    }

    // Plan
    await createStory(ada, 'Checkout takes one page')
    for (const title of ['Merge the forms', 'Keep the basket']) await createTask(grace, title)
    await Promise.all([
      createTask(edsger, 'Remember the address'),
      createTask(barbara, 'Offer the last card'),
    ])
    await equal('planned')
    await panelOf(ada, 'Keep the basket').then(panel => panel.getByLabel('Priority').selectOption('Urgent'))
    await ada.page.keyboard.press('Escape')
    await grace.card('Offer the last card').focus()
    await grace.page.keyboard.press('Alt+Shift+ArrowUp')
    await addBlocker(barbara, 'Offer the last card', 'Remember the address')
    await equal('ordered')
    await ada.page.getByRole('button', {name: 'Start sprint'}).click()
    await ada.page.getByRole('dialog').getByRole('button', {name: 'Start sprint'}).click()
    for (const name of names) await windows[name].page.getByRole('button', {name: 'Close sprint'}).waitFor()

    // Work
    const [merge, basket] = ['Merge the forms', 'Keep the basket']
    await takeAtOnce([grace, edsger], merge)
    await act(barbara, 'Take', 'Remember the address')
    await equal('taken, one task by two members at once')
    const owner = (await cardTexts(ada, merge)).includes('Grace') ? grace : edsger
    const other = owner === grace ? edsger : grace
    await act(owner, 'Start', merge)
    await act(barbara, 'Start', 'Remember the address')
    await act(barbara, 'Complete', 'Remember the address')
    await equal('started and completed')
    const panel = await panelOf(other, merge)
    await panel.getByRole('button', {name: 'Ask for release'}).click()
    await other.page.locator('dialog:modal').getByRole('button', {name: 'Ask for release'}).click()
    const asked = await panelOf(owner, merge)
    await asked.getByRole('button', {name: 'Release', exact: true}).click()
    await other.card(merge).and(other.page.locator('[data-mine]')).waitFor()
    await panelOf(ada, basket).then(opened =>
      opened.getByLabel('Comment', {exact: true}).fill('On every page?'),
    )
    await ada.page.getByRole('button', {name: 'Comment', exact: true}).click()
    await equal('released, and commented on')
    for (const {page} of [other, owner, ada]) await page.keyboard.press('Escape')
    await act(other, 'Complete', merge)
    await act(ada, 'Take', basket)
    await equal('completed')

    // Close
    await ada.page.getByRole('button', {name: 'Close sprint'}).click()
    const dialog = ada.page.getByRole('dialog', {name: 'Close sprint?'})
    await dialog.getByLabel('Move them to').selectOption('Sprint 2')
    await dialog.getByRole('button', {name: 'Close sprint'}).click()
    for (const name of names) await windows[name].page.getByRole('button', {name: 'Reopen sprint'}).waitFor()
    await equal('closed')
    shownSprint = next.id
    for (const name of names) await windows[name].page.goto(`${server.url}/sprints/${next.id}`)
    await equal('rolled over')
    t.is((await shownIn(ada)).length, 4)
  },
)

/** What the window of a member with this name must show. */
function expectedIn(board: Board, name: string): Shown[] {
  const {members} = board
  const tasks = board.stories.flatMap(story => story.tasks).sort(compareRanks)
  const ownerOf = ({owner_user_id, status}: BoardTask) => {
    const owner = members.find(({id}) => id === owner_user_id)?.name
    return owner === name ? 'You' : (owner ?? (status === 'available' ? 'No owner' : ''))
  }
  return statuses.flatMap(status =>
    tasks
      .filter(task => task.status === status)
      .map(task => ({column: status, title: task.title, owner: ownerOf(task), facts: factsOf(task)})),
  )
}

function factsOf({
  key,
  priority,
  open_blocker_count: blockers,
  status,
  comment_count: comments,
}: BoardTask): string {
  const isOpen = status === 'available' || status === 'owned' || status === 'in_progress'
  return [
    priority ? priorityLabels[priority] : '',
    key,
    blockers > 0 && isOpen ? `Blocked by ${blockers}` : '',
    comments > 0 ? `${comments} comment` : '',
  ].join()
}

/** What the window shows, in the order of the columns and of their cards. */
function shownIn({page}: BoardWindow): Promise<Shown[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.column [data-task]')].map(card => {
      const textOf = (selector: string) => card.querySelector(selector)?.textContent?.trim() ?? ''
      const facts = [...card.querySelectorAll('.card-facts .visually-hidden')].map(
        ({textContent}) => textContent!,
      )
      const found = (pattern: RegExp) => facts.map(fact => pattern.exec(fact)?.[0]).find(Boolean) ?? ''
      return {
        column: card.dataset.pending ? 'not saved yet' : card.dataset.status!,
        title: textOf('.card-title'),
        owner: textOf('.card-owner-name'),
        facts: [
          textOf('.priority'),
          textOf('.card-key'),
          found(/Blocked by \d+/),
          found(/\d+ comment/),
        ].join(),
      }
    }),
  )
}

async function createStory({page}: BoardWindow, title: string): Promise<void> {
  await page.getByRole('button', {name: 'New story', exact: true}).click()
  await page.getByLabel('Title').fill(title)
  await page.getByRole('button', {name: 'Create story'}).click()
  await page.getByRole('dialog').waitFor({state: 'detached'})
}

async function createTask({page}: BoardWindow, title: string): Promise<void> {
  await page.getByRole('search').getByRole('button', {name: 'New task'}).click()
  await page.getByLabel('Title').fill(title)
  await page.getByRole('button', {name: 'Create task'}).click()
  await page.getByRole('dialog').waitFor({state: 'detached'})
}

async function panelOf({page, card}: BoardWindow, title: string) {
  await card(title).press('Enter')
  return page.getByRole('dialog', {name: title})
}

async function addBlocker(window: BoardWindow, title: string, blocker: string): Promise<void> {
  const panel = await panelOf(window, title)
  await panel.getByRole('button', {name: 'Add a blocker'}).click()
  await window.page.getByLabel('Type a title or a key').fill(blocker)
  await window.page.locator('.choice', {hasText: blocker}).waitFor()
  await window.page.keyboard.press('Enter')
  await panel.getByRole('link', {name: blocker}).waitFor()
  await window.page.keyboard.press('Escape')
}

function act({page}: BoardWindow, action: 'Take' | 'Start' | 'Complete', title: string): Promise<void> {
  return page.getByRole('button', {name: `${action}: ${title}`}).click()
}

/** Lets both members take the task before the server receives one of the two requests. */
async function takeAtOnce(windows: BoardWindow[], title: string): Promise<void> {
  let waiting = windows.length
  let release = () => {}
  const areSent = new Promise<void>(resolve => {
    release = resolve
  })
  for (const {page} of windows) {
    const send = async (route: Route) => {
      if (--waiting === 0) release()
      await areSent
      await route.continue()
    }
    await page.route('**/ownership', send, {times: 1})
  }
  for (const window of windows) await act(window, 'Take', title)
}

async function cardTexts({card}: BoardWindow, title: string): Promise<string> {
  return card(title).innerText()
}
