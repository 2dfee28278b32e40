// Tests the way to a task, the way back, and where the focus goes.
import type {Page} from 'playwright-core'
import {type BoardWindow, isLive, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {linkPullRequest} from '../helpers/link-pull-request.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const openCard = ({card}: BoardWindow, title: string) =>
  card(title).getByRole('button', {name: title, exact: true}).click()
const focusIsOn = (page: Page, taskId: string) =>
  untilInPage(page, `document.activeElement.closest('[data-task="${taskId}"]')`)

test.serial('the panel leaves the badge, the bell and the account free', async t => {
  const board = await createBoard(server)
  const ada = await board.open(t, 'ada')
  await openCard(ada, 'Fill the tank')
  await ada.page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
  for (const width of [1440, 390]) {
    await ada.page.setViewportSize({width, height: 800})
    const bell = ada.page.getByRole('button', {name: 'Notifications'})
    await bell.click()
    await ada.page.getByText('No notifications yet.').click() // the list is above the panel
    await bell.click()
    await ada.page.getByRole('button', {name: 'Account: Ada'}).click({trial: true})
    await ada.page.locator('.connection').click({trial: true})
  }
  t.pass()
})

test.serial(
  'when the panel opens, the header keeps its height, and the panel does not cover the card',
  async t => {
    const board = await createBoard(server)
    const task = board.tasks['Light the engine']!
    await board.ada.put(`/tasks/${task}/ownership`)
    for (const status of ['in_progress', 'completed']) await board.ada.put(`/tasks/${task}/status`, {status})
    await board.ada.put(`/sprints/${board.sprint.id}/status`, {status: 'active'})
    const ada = await board.open(t, 'ada')
    await ada.page.setViewportSize({width: 1024, height: 768})
    const boxOf = async (selector: string) => (await ada.page.locator(selector).boundingBox())!
    const {height} = await boxOf('.sprint')
    await openCard(ada, 'Light the engine')
    await ada.page.getByRole('dialog', {name: 'Light the engine'}).waitFor()
    t.is((await boxOf('.sprint')).height, height)
    const card = await boxOf(`[data-task="${task}"]`)
    t.true(card.x + card.width <= (await boxOf('dialog[data-kind=side]')).x)
  },
)

test.serial('after several cards, Back closes the panel, and the next Back leaves the board', async t => {
  const board = await createBoard(server)
  const ada = await board.open(t, 'ada', '/')
  await ada.page.getByRole('link', {name: /Open board/}).click()
  await ada.card('Fill the tank').waitFor()
  const panel = ada.page.locator('dialog[data-kind=side]')
  for (const title of Object.keys(board.tasks)) {
    await openCard(ada, title)
    await ada.page.getByRole('dialog', {name: title}).waitFor()
  }
  await ada.page.goBack()
  await panel.waitFor({state: 'detached'})
  t.is(new URL(ada.page.url()).pathname, board.path)

  // Closing the panel leaves no extra step either.
  await openCard(ada, 'Fill the tank')
  await panel.waitFor()
  await ada.page.keyboard.press('Escape')
  await panel.waitFor({state: 'detached'})
  await ada.page.goBack()
  await ada.page.getByRole('heading', {name: 'Projects'}).waitFor()
  t.is(new URL(ada.page.url()).pathname, '/')
})

test.serial('a task is moved to another story, which is found by typing', async t => {
  const board = await createBoard(server)
  const path = `/projects/${board.project.id}/stories`
  const {body: here} = await board.ada.post(path, {title: 'Return home', sprint_id: board.sprint.id})
  await board.ada.post(path, {title: 'Later'})
  const {body: done} = await board.ada.post(path, {title: 'Return to base', sprint_id: board.sprint.id})
  await board.ada.put(`/stories/${done.id}/status`, {status: 'done'})
  const {page, card} = await board.open(t, 'ada')
  await openCard({card} as BoardWindow, 'Fill the tank')
  const panel = page.getByRole('dialog', {name: 'Fill the tank'})
  const move = async (typed: string) => {
    await page.getByRole('button', {name: 'More actions'}).click()
    await page.getByRole('menuitem', {name: 'Move to another story…'}).click()
    await page.locator('.choice').first().waitFor()
    await page.getByLabel('Type to find a story or a sprint').fill(typed)
    await page.keyboard.press('Enter')
  }
  await move('return')
  await panel.locator('dd', {hasText: 'Return home'}).waitFor()
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.story_id, here.id)
  await move('later')
  await panel.getByText('This task is in the backlog').waitFor()
  t.is(await card('Fill the tank').count(), 0)
})

test.serial(
  'a refused status hides no later change of the panel, and the key undoes the last tick before the server responds',
  async t => {
    const board = await createBoard(server)
    await board.ada.post(`/projects/${board.project.id}/labels`, {name: 'Fuel', color: 'red'})
    const {page, card, sees, hasNoted} = await board.open(t, 'ada')
    await openCard({card} as BoardWindow, 'Fill the tank')
    const panel = page.getByRole('dialog', {name: 'Fill the tank'})
    let respond = () => {}
    const hold = () =>
      new Promise<void>(resolve => {
        respond = resolve
      })
    const isShown = hold()
    await page.route('**/ownership', async route => {
      await isShown
      await route.fulfill({status: 403, json: {code: 'role-insufficient', status: 403, title: 'No'}})
    })
    await page.getByRole('button', {name: 'More actions'}).click()
    await page.getByRole('menuitem', {name: 'In progress'}).click()
    await sees('Fill the tank', 'In progress')
    respond()
    await sees('Fill the tank', 'Available')
    await panel.getByRole('button', {name: 'Labels: None'}).click()
    await Promise.all([
      page.waitForResponse('**/labels/*'),
      page.locator('.choice', {hasText: 'Fuel'}).click(),
    ])
    await card('Fill the tank').getByText('Fuel').waitFor()
    await page.keyboard.press('Escape')
    await panel.getByRole('button', {name: 'Labels:'}).click({trial: true}) // the list of labels is closed
    t.is(await panel.locator('.label-chip').count(), 1)
    const newItem = page.getByLabel('New checklist item')
    const item = (name: string) => page.getByRole('checkbox', {name, disabled: false})
    for (const name of ['Open', 'Close']) {
      await newItem.fill(name)
      await newItem.press('Enter')
      await item(name).waitFor()
    }

    const isUndone = hold()
    await page.route('**/checklist/*', async route => {
      await isUndone
      await route.continue()
    })
    for (const name of ['Open', 'Close']) await item(name).check()
    await page.keyboard.press('Control+z')
    respond()
    await until(async () => !(await item('Close').isChecked()))
    await hasNoted('Undone')
    t.true(await item('Open').isChecked())
    t.false(await item('Close').isChecked())
  },
)

test.serial('the filter is in the address, so that a link shows the same cards', async t => {
  const board = await createBoard(server)
  const {body: label} = await board.ada.post(`/projects/${board.project.id}/labels`, {name: 'Safety'})
  const fields = {priority: 'high', label_ids: [label.id]}
  await board.ada.patch(`/tasks/${board.tasks['Light the engine']}`, fields)
  const {page, card} = await board.open(t, 'ada')
  await page.getByLabel('Filter by label').selectOption('Safety')
  await page.getByLabel('Filter by priority').selectOption('High')
  await card('Fill the tank').waitFor({state: 'detached'})
  const query = `?label=${label.id}&priority=high`
  await untilInPage(page, `location.search === '${query}'`)

  // Opening and closing a task keeps the filter, also when it changes in between.
  await card('Light the engine').press('Enter')
  await page.locator('dialog[data-kind=side]').waitFor()
  await page.getByLabel('Filter by text').fill('engine')
  await untilInPage(page, `location.search.startsWith('?filter=engine')`)
  await page.goBack()
  await page.locator('dialog[data-kind=side]').waitFor({state: 'detached'})
  await untilInPage(page, `location.search.startsWith('?filter=engine')`)

  const bob = await board.open(t, 'bob', `${board.path}${query}`)
  await bob.card('Light the engine').waitFor()
  t.is(await bob.page.locator('[data-task]').count(), 1)
  t.is(await bob.page.getByLabel('Filter by priority').inputValue(), 'high')

  // A column says whether it has no tasks at all.
  await bob.column('Owned').getByText('No tasks', {exact: true}).waitFor()
  await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await bob.column('Owned').getByText('No matching tasks').waitFor()

  await bob.page.setViewportSize({width: 800, height: 600})
  const clear = bob.page.getByRole('button', {name: 'Clear', exact: true})
  t.true(await clear.evaluate(button => button.getBoundingClientRect().right < innerWidth))
  await clear.click()
  await bob.card('Fill the tank').waitFor()
  await untilInPage(bob.page, `location.search === ''`)
})

test.serial('the panel of a task of another sprint links to its board', async t => {
  const board = await createBoard(server)
  const {body: sprint} = await board.ada.post(`/projects/${board.project.id}/sprints`, {name: 'Sprint 2'})
  const {body: story} = await board.ada.post(`/projects/${board.project.id}/stories`, {
    title: 'Return',
    sprint_id: sprint.id,
  })
  const {body: task} = await board.ada.post(`/stories/${story.id}/tasks`, {title: 'Open the parachute'})
  const {page} = await board.open(t, 'ada', `${board.path}#${task.id}`)
  const panel = page.getByRole('dialog', {name: 'Open the parachute'})
  await panel.getByText('This task is in the sprint “Sprint 2”.').waitFor()
  await panel.getByRole('link', {name: 'Open Sprint 2'}).click()
  await page.getByRole('heading', {name: 'Sprint 2'}).waitFor()
  await panel.getByText('No comments yet.').waitFor()
  t.is(new URL(page.url()).pathname, `/sprints/${sprint.id}`)

  await board.ada.patch(`/stories/${story.id}`, {sprint_id: null})
  await panel.getByText('This task is in the backlog').waitFor()
  await panel.getByRole('link', {name: 'Open it in the backlog'}).click()
  await page.getByText('Backlog: 1 story').waitFor()
  await panel.getByText('No comments yet.').waitFor()
})

test.serial(
  'a task shows what blocks it and what it blocks, and a refused blocker disappears again',
  async t => {
    const board = await createBoard(server)
    const {body: story} = await board.ada.post(`/projects/${board.project.id}/stories`, {title: 'Later'})
    const {body: later} = await board.ada.post(`/stories/${story.id}/tasks`, {title: 'Pack the parachute'})
    const ada = await board.open(t, 'ada')
    await openCard(ada, 'Light the engine')
    const panel = ada.page.getByRole('dialog', {name: 'Light the engine'})
    const add = async (typed: string, found: string) => {
      await ada.page.getByRole('button', {name: 'Add a blocker'}).click()
      await ada.page.getByLabel('Type a title or a key').fill(typed)
      await ada.page.locator('.choice', {hasText: found}).waitFor()
      await ada.page.keyboard.press('Enter')
    }
    await add('tank', 'Fill the tank')
    await panel.getByRole('link', {name: 'Fill the tank'}).waitFor()
    await ada.card('Light the engine').getByText('Blocked by 1 unfinished task').waitFor()
    // The board does not contain this task, so the server finds it by its title or key.
    await add(later.key.toLowerCase(), 'Pack the parachute')
    await panel.getByRole('link', {name: 'Pack the parachute'}).waitFor()
    await ada.card('Light the engine').getByText('Blocked by 2 unfinished tasks').waitFor()

    await ada.page.getByLabel('Filter by status').selectOption('Blocked')
    await ada.card('Fill the tank').waitFor({state: 'detached'})
    await untilInPage(ada.page, `location.search === '?status=blocked'`)
    t.is(await ada.page.locator('[data-task]').count(), 1)

    // A click on a blocker opens it. It cannot be blocked by the task that it blocks.
    await panel.getByRole('link', {name: 'Fill the tank'}).click()
    const blocker = ada.page.getByRole('dialog', {name: 'Fill the tank'})
    await blocker.locator('div', {hasText: 'Blocks'}).getByRole('link', {name: 'Light the engine'}).waitFor()
    await add('engine', 'Light the engine')
    await ada.page.getByRole('alert').getByText('The tasks would block each other').waitFor()
    t.is(await blocker.getByRole('button', {name: /Remove blocker/}).count(), 0)

    await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/status`, {status: 'cancelled'})
    await ada.card('Light the engine').getByText('Blocked by 1 unfinished task').waitFor()
    await blocker.getByRole('link', {name: 'Light the engine'}).click()
    await panel.getByRole('button', {name: 'Remove blocker: Pack the parachute'}).press('Enter')
    await untilInPage(ada.page, `document.activeElement.matches('ul.blockers')`)
    await ada.page.getByText('No matching tasks').waitFor()
    t.is(
      (await board.ada.get(`/tasks/${board.tasks['Light the engine']}`)).body.blocked_by_task_ids.length,
      1,
    )
  },
)

test.serial('an unknown address shows the page with status 404', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  for (const path of ['/boards', '/projects/42', `${board.path}/tasks`]) {
    const response = await page.goto(server.url + path)
    t.is(response!.status(), 404)
    await page.getByRole('heading', {name: 'Page not found'}).waitFor()
    t.is(await page.title(), 'Page not found · Boardcast')
  }
  await page.getByRole('link', {name: 'All projects'}).click()
  await page.getByRole('heading', {name: 'Projects'}).waitFor()
})

test.serial(
  'after a task is deleted, the panel closes, a note names the task, and the next card has the focus',
  async t => {
    const board = await createBoard(server)
    const ada = await board.open(t, 'ada')
    await openCard(ada, 'Light the engine')
    await ada.page.getByRole('button', {name: 'More actions'}).click()
    await ada.page.getByRole('menuitem', {name: 'Delete…'}).click()
    await ada.page.getByRole('button', {name: 'Delete task', exact: true}).click()
    await ada.page.locator('dialog').first().waitFor({state: 'detached'})
    await ada.hasNoted('Deleted. This cannot be undone.')
    await focusIsOn(ada.page, board.tasks['Count to zero']!)
    t.is(new URL(ada.page.url()).hash, '')
    await ada.card('Light the engine').waitFor({state: 'detached'})
  },
)

test.serial('after a create or a move, the card has the focus', async t => {
  t.timeout(120_000)
  const board = await createBoard(server, ['Fill the tank'])
  const {page, card, sees} = await board.open(t, 'ada')
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  await page.getByLabel('Title').fill('Pack lunch')
  await page.keyboard.press('Enter')
  await card('Pack lunch').waitFor()
  const id = (await card('Pack lunch').getAttribute('data-task'))!
  await focusIsOn(page, id)

  await page.keyboard.press('m')
  await page.getByRole('menuitem', {name: 'In progress'}).click()
  await sees('Pack lunch', 'In progress')
  await focusIsOn(page, id)
  await card('Pack lunch').getByRole('button', {name: 'Complete'}).focus()
  await page.keyboard.press('Enter')
  await sees('Pack lunch', 'Completed')
  await focusIsOn(page, id)

  // The panel keeps the focus until it closes.
  await card('Fill the tank').focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('dialog', {name: 'Fill the tank'})
  for (const action of ['Take', 'Start', 'Complete']) {
    await panel.getByRole('button', {name: action, exact: true}).focus()
    await page.keyboard.press('Enter')
    await panel.getByRole('button', {name: action, exact: true}).waitFor({state: 'detached'})
    await untilInPage(page, `document.activeElement.closest('dialog')`)
  }
  await page.keyboard.press('Escape')
  await panel.waitFor({state: 'detached'})
  await focusIsOn(page, board.tasks['Fill the tank']!)
  t.pass()
})

test.serial('comments are edited and deleted, and an open panel of another member follows', async t => {
  t.timeout(60_000)
  const board = await createBoard(server)
  const id = board.tasks['Fill the tank']
  const {body: mine} = await board.ada.post(`/tasks/${id}/comments`, {body: 'With kerosine.'})
  await board.bob.post(`/tasks/${id}/comments`, {body: 'How much?'})
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
  for (const window of [ada, bob]) await openCard(window, 'Fill the tank')
  const comment = (page: Page, text: string) => page.locator('.comment', {hasText: text})
  await comment(bob.page, 'With kerosine.').waitFor()
  t.is(await comment(bob.page, 'With kerosine.').getByRole('button').count(), 0)

  await comment(ada.page, 'With kerosine.').getByRole('button', {name: 'Edit comment'}).click()
  const field = ada.page.locator('.comment').getByLabel('Comment')
  await field.fill('With kerosene.')
  // The text of an edit is a draft, like the text of a new comment.
  await ada.page.reload()
  await isLive(ada.page)
  t.is(await field.inputValue(), 'With kerosene.')
  await ada.page.getByRole('button', {name: 'Save', exact: true}).click()
  await comment(bob.page, 'With kerosene.').getByText('edited just now').waitFor()
  await comment(ada.page, 'With kerosene.').getByText('edited just now').waitFor()

  // An admin deletes the comment while its author edits it again. The author's text stays.
  await comment(ada.page, 'With kerosene.').getByRole('button', {name: 'Edit comment'}).click()
  await field.fill('With kerosene and oxygen.')
  await board.root.delete(`/comments/${mine.id}`)
  await ada.page.getByText('This comment was deleted.').waitFor()
  await comment(bob.page, 'With kerosene.').waitFor({state: 'detached'})
  await ada.page.getByRole('button', {name: 'Post as a new comment'}).click()
  await comment(bob.page, 'With kerosene and oxygen.').waitFor()

  await comment(ada.page, 'oxygen').getByRole('button', {name: 'Delete comment'}).click()
  await ada.page.getByRole('button', {name: 'Delete', exact: true}).click()
  await comment(bob.page, 'oxygen').waitFor({state: 'detached'})
  await comment(ada.page, 'oxygen').waitFor({state: 'detached'})
  t.is(await ada.page.locator('.comment').count(), 1)
})

test.serial(
  'a description and comments show their Markdown, and the plain text while its code cannot be loaded',
  async t => {
    const board = await createBoard(server)
    const path = `/tasks/${board.tasks['Fill the tank']}`
    const {key} = (await board.ada.get(`/tasks/${board.tasks['Light the engine']}`)).body
    await board.ada.patch(path, {description: `Before **${key}**:\n- [x] close the valve`})
    await board.bob.post(`${path}/comments`, {body: '`tank --fill`'})
    const {page, card} = await board.open(t, 'ada')
    await page.route('**/assets/markdown-*', route => route.abort())
    await openCard({card} as BoardWindow, 'Fill the tank')
    await page.getByText(`Before **${key}**`).waitFor()
    await page.keyboard.press('Escape')
    await page.unroute('**/assets/markdown-*')

    await openCard({card} as BoardWindow, 'Fill the tank')
    await page.locator('li', {hasText: 'close the valve'}).getByRole('checkbox', {checked: true}).waitFor()
    await page.locator('.comment code', {hasText: 'tank --fill'}).waitFor()
    await page.locator('strong').getByRole('link', {name: key}).click()
    await page.getByRole('dialog', {name: 'Light the engine'}).waitFor()
    t.is(new URL(page.url()).hash, `#${key}`)
  },
)

test.serial('a title of 200 characters without a space makes nothing wider', async t => {
  const board = await createBoard(server)
  const long = 'w'.repeat(200)
  await board.ada.patch(`/tasks/${board.tasks['Fill the tank']}`, {title: long})
  await board.ada.patch(`/stories/${board.story.id}`, {title: long})
  await board.ada.patch(`/sprints/${board.sprint.id}`, {name: long})
  await board.ada.patch(`/projects/${board.project.id}`, {name: long})
  await board.ada.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  await board.bob.post(`/tasks/${board.tasks['Fill the tank']}/comments`, {body: long})
  const {page} = await board.open(t, 'ada')
  const widths: string[] = []
  const measure = async (state: string) => {
    const wide = (await page.evaluate(
      `[document.documentElement, ...document.querySelectorAll('dialog, .drop-panel, .menu')]
        .filter(({scrollWidth, clientWidth}) => scrollWidth > clientWidth)
        .map(({tagName, className}) => tagName + '.' + className)`,
    )) as string[]
    if (wide.length > 0) widths.push(`${state}: ${wide}`)
  }
  for (const width of [1440, 390]) {
    await page.setViewportSize({width, height: 800})
    await isLive(page)
    await measure(`${width}, board`)
    await page.getByRole('button', {name: /^Notifications/}).click()
    await page.getByText('commented on a task').waitFor()
    await measure(`${width}, bell`)
    await page.keyboard.press('Escape')
    await page.locator(`[data-task="${board.tasks['Fill the tank']}"]`).press('Enter')
    await page.locator('.comment').waitFor()
    await measure(`${width}, panel`)
    await page.getByRole('button', {name: 'More actions'}).click()
    await measure(`${width}, menu`)
    await page.getByRole('menuitem', {name: 'Delete…'}).click()
    await page.getByRole('button', {name: 'Delete task', exact: true}).waitFor()
    await measure(`${width}, delete`)
    await page.keyboard.press('Escape')
    await page.getByRole('button', {name: 'More actions'}).click()
    await page.getByRole('menuitem', {name: 'Ask a question…'}).click()
    await measure(`${width}, ask`)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({state: 'detached'})
    await page.getByRole('button', {name: 'New task', exact: true}).click()
    await measure(`${width}, new task`)
    await page.keyboard.press('Escape')
  }
  t.deepEqual(widths, [])
})

test.serial(
  'the history of a task is loaded when it is opened, follows its changes, and shows earlier changes',
  async t => {
    const board = await createBoard(server, ['Fill the tank'])
    const path = `/tasks/${board.tasks['Fill the tank']}`
    await Promise.all(
      Array.from({length: 29}, (_, hours) => board.ada.patch(path, {estimated_hours: hours + 1})),
    )
    await board.ada.patch(path, {estimated_hours: 30})
    const ada = await board.open(t, 'ada')
    const requests: string[] = []
    ada.page.on('request', request => {
      if (request.url().includes('/history?')) requests.push(request.url())
    })
    await openCard(ada, 'Fill the tank')
    await ada.page.getByText('No comments yet.').waitFor()
    t.deepEqual(requests, [])
    await ada.page.locator('summary', {hasText: 'History'}).click()
    const items = ada.page.locator('.history li')
    await items
      .first()
      .getByText(/^Ada changed the estimate from [\d]+ h to 30 h/)
      .waitFor()
    t.is(await items.count(), 30)
    await board.bob.put(`${path}/ownership`)
    await items.first().getByText('Bob took this task').waitFor()
    await ada.page.getByRole('button', {name: 'Show earlier changes'}).click()
    await items.getByText('Ada created this task').waitFor()
    t.is(await items.count(), 32)
  },
)

test.serial('the history of a sprint opens from its header, and follows its changes', async t => {
  const board = await createBoard(server, ['Fill the tank'])
  const {page} = await board.open(t, 'vic')
  await page.getByRole('button', {name: 'Sprint history'}).click()
  const items = page.getByRole('dialog', {name: `History of ${board.sprint.name}`}).locator('.history li')
  await items.getByText('Ada added the task “Fill the tank”').waitFor()
  const stories = `/projects/${board.project.id}/stories`
  const {body: story} = await board.ada.post(stories, {title: 'Return', sprint_id: board.sprint.id})
  await items.first().getByText('Ada added the story “Return”').waitFor()
  await board.ada.patch(`/stories/${story.id}`, {title: 'Return home'})
  await board.ada.patch(`/stories/${story.id}`, {sprint_id: null})
  await items.first().getByText('Ada moved the story “Return').waitFor()
  t.regex((await items.first().textContent())!, /to the backlog/)
})

test.serial('a pull request appears in the open panel when GitHub has linked it', async t => {
  const board = await createBoard(server, ['Fill the tank'])
  const ada = await board.open(t, 'ada')
  await openCard(ada, 'Fill the tank')
  await ada.page.getByText('No comments yet.').waitFor()
  t.is(await ada.page.getByText('Pull requests and commits').count(), 0)
  await linkPullRequest(server.url, board.root, board.task)
  const link = ada.page.getByRole('region', {name: 'Pull requests and commits'}).getByRole('link')
  await link.waitFor()
  t.is(await link.getAttribute('rel'), 'noopener noreferrer')
  t.regex((await link.getAttribute('href'))!, /^https:\/\/github\.com\/.*\/pull\/\d+$/)
  t.regex((await link.textContent())!, /^#\d+ .*Fill the tank/)
})
