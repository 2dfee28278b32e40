// Tests in Chromium that the page shows the keys of tasks and projects, and finds things by their keys and words.
import {hold, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

test.serial(
  'the key of a task is on its card, in its panel and in the address, and the filter finds it',
  async t => {
    const board = await createBoard(server)
    const {key} = (await board.ada.get(`/tasks/${board.tasks['Light the engine']}`)).body
    const {page, context, card} = await board.open(t, 'ada')
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await card('Light the engine').getByText(key, {exact: true}).waitFor()
    await page.getByRole('searchbox').fill(key.toLowerCase())
    await card('Fill the tank').waitFor({state: 'detached'})
    await card('Light the engine').click()
    const panel = page.getByRole('dialog', {name: 'Light the engine'})
    t.is(new URL(page.url()).hash, `#${key}`)
    await panel.getByRole('button', {name: `Copy ${key}`}).click()
    await panel.getByRole('status').getByText('Copied').waitFor()
    t.is(await page.evaluate('navigator.clipboard.readText()'), key)
  },
)

test.serial('the address of a key opens the task on its board, and a deleted task is not found', async t => {
  const board = await createBoard(server)
  const path = `/tasks/${board.tasks['Light the engine']}`
  const {key} = (await board.ada.get(path)).body
  const {page} = await board.open(t, 'ada', `/tasks/${key.toLowerCase()}`)
  await page.getByRole('dialog', {name: 'Light the engine'}).waitFor()
  await untilInPage(page, `location.pathname === ${JSON.stringify(board.path)}`)
  await board.root.delete(path)
  await page.getByText('This task was deleted.').waitFor()
  await page.getByRole('dialog', {name: 'Task deleted'}).getByRole('button', {name: 'Close'}).click()
  await page.getByText('This task was deleted.').waitFor({state: 'detached'})
  await page.goto(`${server.url}/tasks/${key}`)
  await page.getByText('Task not found').waitFor()
  t.pass()
})

test.serial(
  'a member chooses the key of a new project, and the dialog of a project shows its key',
  async t => {
    const board = await createBoard(server)
    const {page} = await board.open(t, 'ada', '/')
    await page.getByRole('button', {name: 'New project'}).click()
    await page.getByLabel('Name').fill('Lunar lander')
    await page.getByLabel('Key', {exact: true}).fill('lem')
    await page.getByRole('button', {name: 'Create project'}).click()
    await page.getByRole('button', {name: 'Edit project: Lunar lander'}).click()
    await page.getByText('for example LEM-7').waitFor()
    t.pass()
  },
)

test.serial(
  'the search finds tasks, stories and comments by their words, and the commands of the screen',
  async t => {
    const board = await createBoard(server)
    const {page} = await board.open(t, 'ada')
    await board.bob.post(`/tasks/${board.tasks['Light the engine']}/comments`, {
      body: 'With kerosene, of course.',
    })
    const field = page.getByLabel('Search tasks, stories and comments')
    const choice = (text: string) => page.locator('.choice', {hasText: text})
    // On a Mac, Ctrl+K in a text field deletes the rest of the line.
    const setPlatform = (value: string) =>
      page.evaluate(value => Object.defineProperty(navigator, 'platform', {value, configurable: true}), value)
    await setPlatform('MacIntel')
    await page.getByRole('searchbox').press('Control+k')
    t.is(await page.getByRole('dialog').count(), 0)
    await page.getByRole('searchbox').press('Meta+k')
    await field.press('Escape')
    await setPlatform('Linux x86_64')
    await page.keyboard.press('Control+k')
    // The response to an earlier text arrives last, and is dropped.
    const held: (() => Promise<void>)[] = []
    await page.route('**/search?q=tank*', route => held.push(() => route.continue()))
    await field.fill('tank')
    await until(async () => held.length > 0)
    await field.fill('kero')
    await choice('With kerosene').waitFor()
    t.is(await page.locator('mark').textContent(), 'kero')
    await page.getByText('Comments', {exact: true}).waitFor()
    await Promise.all([page.waitForResponse('**/search?q=tank*'), held[0]!()])
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', {name: 'Light the engine'}).waitFor()
    await page.keyboard.press('Escape')

    await page.getByRole('button', {name: 'Search', exact: true}).click()
    await field.fill('nothing like this')
    await page.getByText('No task, story or comment contains these words.').waitFor()
    await page.route('**/search?*', route => route.abort())
    await field.fill('engine')
    await page.getByText('Could not search.').waitFor()
    t.is(await page.getByText(/Searching…|contains these words/).count(), 0)
    await field.fill('new st')
    await choice('New story').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', {name: 'New story'}).waitFor()
  },
)

test.serial(
  'selected cards change together and are undone together, and the selection survives live changes',
  async t => {
    const board = await createBoard(server)
    const {page, card, sees} = await board.open(t, 'ada')
    const bar = page.getByRole('region', {name: 'Selected tasks'})
    const selected = (text: string) => bar.getByRole('status').getByText(text).waitFor()
    await card('Fill the tank').press('x')
    await selected('1 task selected')
    await card('Count to zero').click({modifiers: ['Shift'], position: {x: 60, y: 5}})
    await selected('3 tasks selected')
    await card('Light the engine').click({modifiers: ['Control']})
    await selected('2 tasks selected')
    t.is(await page.getByRole('dialog').count(), 0)
    await board.bob.patch(`/tasks/${board.tasks['Fill the tank']}`, {title: 'Fill the big tank'})
    await card('Fill the big tank').waitFor()

    await bar.getByTitle('Status').click()
    await page.getByRole('menuitem', {name: 'In progress'}).click()
    await sees('Fill the big tank', 'In progress')
    await sees('Count to zero', 'In progress')
    await page.getByRole('log').getByRole('button', {name: 'Undo'}).press('Enter')
    t.is(await page.evaluate('document.activeElement.title'), 'Status', 'the focus is where it was before')
    await sees('Fill the big tank', 'Available')
    await sees('Count to zero', 'Available')

    // The key does not undo an older act while the server has not responded.
    await card('Light the engine').press(' ')
    await sees('Light the engine', 'Owned')
    const respond = await hold(page, 'POST', '/tasks/changes')
    await bar.getByTitle('Priority').click()
    await page.getByRole('menuitem', {name: 'Low'}).click()
    await page.keyboard.press('Control+z')
    respond()
    await page.getByText('Priority changed: 2 tasks').waitFor()
    const read = async (title: string) => (await board.ada.get(`/tasks/${board.tasks[title]}`)).body
    t.is((await read('Count to zero')).priority, null)
    t.is((await read('Light the engine')).status, 'owned')

    await board.root.delete(`/tasks/${board.tasks['Count to zero']}`)
    await selected('1 task selected')
    await page.keyboard.press('Escape')
    await bar.waitFor({state: 'detached'})
  },
)

test.serial(
  'a selection is changed and deleted with checkboxes and keys, and the focus stays on the board',
  async t => {
    const board = await createBoard(server)
    const {page, card} = await board.open(t, 'ada')
    const bar = page.getByRole('region', {name: 'Selected tasks'})
    const selected = (text: string) => bar.getByRole('status').getByText(text).waitFor()
    const box = (title: string) => card(title).getByRole('checkbox')
    const isFocused = (title: string) =>
      untilInPage(page, `document.activeElement.matches('[data-task="${board.tasks[title]}"]')`)
    await box('Fill the tank').click()
    await page.keyboard.press('ArrowDown')
    await isFocused('Light the engine')
    await box('Count to zero').click({modifiers: ['Shift']})
    await selected('3 tasks selected')
    t.true(await box('Count to zero').isChecked())
    await box('Light the engine').click()
    await selected('2 tasks selected')
    await box('Count to zero').click({modifiers: ['Shift']})
    await selected('3 tasks selected')
    t.true(await box('Count to zero').isChecked())

    // The first Escape closes the panel.
    await card('Fill the tank').press('Enter')
    const panel = page.getByRole('dialog', {name: 'Fill the tank'})
    await panel.waitFor()
    await card('Fill the tank').press('Escape')
    await panel.waitFor({state: 'detached'})
    await selected('3 tasks selected')

    await box('Light the engine').click()
    await page.getByRole('searchbox').fill('count')
    await selected('2 tasks selected, 1 of them hidden by the filter')
    await bar.getByTitle('Delete').press('Enter')
    await page.getByRole('dialog', {name: 'Delete 2 tasks (1 hidden)?'}).waitFor()
    await page.getByText('One of them is hidden by the filter.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').fill('')
    await bar.getByTitle('Delete').press('Enter')
    await page.getByRole('button', {name: 'Delete 2 tasks'}).press('Enter')
    await bar.waitFor({state: 'detached'})
    await card('Count to zero').waitFor({state: 'detached'})
    await isFocused('Light the engine')
  },
)
