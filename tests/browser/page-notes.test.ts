// Tests the notes at the bottom of the page: what other members did.
import type {BrowserContext, Page} from 'playwright-core'
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const note = '.notes-item'

test.serial('similar acts of one member within a short time share a note', async t => {
  const board = await createBoard(server)
  const bob = await board.open(t, 'bob')
  for (const id of Object.values(board.tasks)) await board.ada.put(`/tasks/${id}/ownership`)
  await bob.hasNoted('Ada took 3 tasks: Fill the tank and 2 more')
  // The texts of one note. Another note would not begin with the first task.
  for (const text of await bob.notes()) t.regex(text, /^Ada took (a|\d) tasks?: Fill the tank/)
})

test.serial('moving a story with its tasks causes one note that names the story', async t => {
  const {ada, story, open} = await createBoard(server)
  const bob = await open(t, 'bob')
  await ada.patch(`/stories/${story.id}`, {sprint_id: null})
  await bob.hasNoted('Ada moved a story to the backlog')
  await bob.card('Fill the tank').waitFor({state: 'detached'})
  t.deepEqual(await bob.notes(), [`Ada moved a story to the backlog: ${story.title}`])
})

test.serial('the acts of the viewer in another tab or through the API cause no note', async t => {
  const {ada, bob, tasks, open} = await createBoard(server)
  const window = await open(t, 'ada')
  await ada.put(`/tasks/${tasks['Fill the tank']}/ownership`)
  await window.sees('Fill the tank', 'Owned')
  await bob.put(`/tasks/${tasks['Count to zero']}/ownership`)
  await window.hasNoted('Bob took a task')
  t.deepEqual(await window.notes(), ['Bob took a task: Count to zero'])
})

test.serial('a note lets clicks through, and there are at most three notes', async t => {
  const {ada, bob, root, tasks, open} = await createBoard(server)
  const vic = await open(t, 'vic')
  t.teardown(() => vic.page.close())
  await vic.page.clock.install()
  await vic.page.clock.pauseAt(Date.now() + 10_000) // the notes stay
  const [first, second, third] = Object.values(tasks)
  await ada.put(`/tasks/${first}/ownership`)
  await bob.put(`/tasks/${second}/ownership`)
  await root.post(`/tasks/${third}/comments`, {body: 'Why?'})
  await root.put(`/tasks/${third}/ownership`)
  await vic.page.getByText('Root took a task').waitFor()
  t.is(await vic.page.locator(note).count(), 3)
  const below = await vic.page.evaluate(selector => {
    const {left, top, width, height} = document.querySelector(selector)!.getBoundingClientRect()
    return document.elementFromPoint(left + width / 2, top + height / 2)?.closest('.notes') === null
  }, note)
  t.true(below)
})

test.serial('under steady change, each note disappears after its time', async t => {
  t.timeout(120_000)
  const {ada, tasks, open} = await createBoard(server)
  const bob = await open(t, 'bob')
  let isOver = false
  const changes = (async () => {
    for (let n = 0; !isOver; n++) await ada.patch(`/tasks/${tasks['Fill the tank']}`, {title: `Fill ${n}`})
  })()
  await bob.hasNoted('Ada edited a task')
  await bob.page.locator(note).waitFor({state: 'detached'})
  const {version} = (await ada.get(`/tasks/${tasks['Fill the tank']}`)).body
  // The changes continue, but no note is shown.
  await until(async () => (await ada.get(`/tasks/${tasks['Fill the tank']}`)).body.version > version + 50)
  t.is(await bob.page.locator(note).count(), 0)
  isOver = true
  await changes
})

test.serial('notes are above a modal dialog that opened before or after the note', async t => {
  const {ada, tasks, open} = await createBoard(server)
  const {page, context, hasNoted} = await open(t, 'bob')
  const [first, second] = Object.values(tasks)
  await ada.put(`/tasks/${first}/ownership`)
  await hasNoted('Ada took a task')
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await until(async () => (await topElement(page, context)).includes('notes'))
  await ada.put(`/tasks/${second}/status`, {status: 'cancelled'})
  await hasNoted('Ada moved a task to Cancelled')
  t.true((await topElement(page, context)).includes('notes'))
  t.is(await page.locator('dialog:modal').count(), 1)
})

/** Returns the attributes of the topmost element of the top layer. A modal dialog is in the top layer too. */
async function topElement(page: Page, context: BrowserContext): Promise<string[]> {
  const devtools = await context.newCDPSession(page)
  await devtools.send('DOM.getDocument')
  const {nodeIds} = await devtools.send('DOM.getTopLayerElements')
  const top = await devtools.send('DOM.describeNode', {nodeId: nodeIds.at(-1)!})
  await devtools.detach()
  return top.node.attributes ?? []
}

test.serial('screen readers read new notes politely, and warnings at once', async t => {
  const {ada, tasks, open} = await createBoard(server)
  const bob = await open(t, 'bob')
  const log = bob.page.getByRole('log', {name: 'Notes'})
  await ada.put(`/tasks/${tasks['Fill the tank']}/ownership`)
  await bob.hasNoted('log: Ada took a task')
  t.is(await log.getAttribute('aria-live'), 'polite')
  await bob.card('Fill the tank').press(' ')
  await bob.page.getByRole('alert').getByText('Ada owns this task').waitFor()
  t.is(await log.getByText('Ada owns this task').count(), 0)
})

test.serial('a note that appears while a dialog is open is in the dialog, and can be clicked', async t => {
  const board = await createBoard(server)
  const {page, card, hasNoted} = await board.open(t, 'ada')
  let release = () => {}
  const isOpen = new Promise<void>(resolve => {
    release = resolve
  })
  await page.route('**/tasks/*/ownership', async route => {
    await isOpen
    await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
    await route.continue()
  })
  await card('Fill the tank').getByRole('button', {name: 'Take'}).click()
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  const dialog = page.getByRole('dialog', {name: 'New task'})
  await dialog.getByLabel('Title').waitFor()
  release()
  await dialog.getByRole('alert').getByText('Bob took this task first').waitFor()
  await board.bob.put(`/tasks/${board.tasks['Light the engine']}/ownership`)
  await hasNoted('dialog log: Bob took a task: Light the engine')
  await dialog.getByRole('button', {name: 'Dismiss'}).click()
  await page.getByText('Bob took this task first').waitFor({state: 'detached'})

  // What appears when the dialog closes is outside of it.
  await dialog.getByLabel('Title').fill('Pack lunch')
  await page.keyboard.press('Escape')
  await dialog.waitFor({state: 'detached'})
  await board.bob.put(`/tasks/${board.tasks['Count to zero']}/ownership`)
  await untilInPage(page, `noted.some(note => /^log: .*Count to zero/.test(note))`)
  t.pass()
})

test.serial(
  'a key and a button undo the last acts of the viewer, but not what another member has changed since',
  async t => {
    const {bob, root, tasks, open} = await createBoard(server)
    const {page, card, sees, hasNoted} = await open(t, 'ada')
    const undo = page.getByRole('log').getByRole('button', {name: 'Undo'})
    await card('Fill the tank').press(' ')
    await page.getByText('Task taken').waitFor()
    await undo.click()
    await sees('Fill the tank', 'Available')
    await hasNoted('Undone')

    await card('Light the engine').press(' ')
    await sees('Light the engine', 'Owned')
    await card('Light the engine').getByRole('button', {name: 'Start'}).click()
    await sees('Light the engine', 'In progress')
    await page.keyboard.press('Control+z')
    await sees('Light the engine', 'Owned')
    await page.keyboard.press('Control+z')
    await sees('Light the engine', 'Available')
    await page.keyboard.press('Control+z') // nothing is left

    await card('Count to zero').press(' ')
    await page.getByText('Task taken').waitFor()
    const id = tasks['Count to zero']
    const {user_id} = await bob.caller()
    await root.put(`/tasks/${id}/ownership`, {owner_user_id: user_id})
    await card('Count to zero').getByText('Bob').waitFor()
    await page.keyboard.press('Control+z')
    await page
      .getByRole('alert')
      .getByText(/^Root has changed \w+-\d+ in the meantime\./)
      .waitFor()
    t.is((await root.get(`/tasks/${id}`)).body.owner_user_id, user_id)
  },
)
