// Tests that the dialogs that edit a thing lose no text: after Back, after another member's save, and after a deletion.
import type {Page} from 'playwright-core'
import {hold, refuse, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const draftNote = 'This form contains your unsaved draft.'
const storedDrafts = (page: Page) =>
  page.evaluate(`Object.keys(sessionStorage).filter(key => key.startsWith('boardcast.drafts'))`)

test.serial('Back keeps what is typed in an edit dialog, and a save ends the draft', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada', '/')
  await page.getByRole('link', {name: /Open board/}).click()
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByLabel('Goal').fill('Land on the moon')
  await page.goBack()
  await dialog.waitFor({state: 'detached'})
  await page.goForward()
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByText(draftNote).waitFor()
  t.is(await dialog.getByLabel('Goal').inputValue(), 'Land on the moon')

  // The draft survives another member's save of another field, and the save merges both.
  await page.reload()
  await board.bob.patch(`/sprints/${board.sprint.id}`, {name: 'By Bob'})
  await page.getByRole('heading', {name: 'By Bob'}).waitFor()
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  t.is(await dialog.getByLabel('Goal').inputValue(), 'Land on the moon')
  t.is(await dialog.getByRole('group').count(), 0)
  await board.bob.patch(`/sprints/${board.sprint.id}`, {starts_on: '2026-01-05'})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.like((await board.ada.get(`/sprints/${board.sprint.id}`)).body, {
    name: 'By Bob',
    goal: 'Land on the moon',
    starts_on: '2026-01-05',
  })
  t.deepEqual(await storedDrafts(page), [])

  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByLabel('Goal').fill('Land on Mars')
  await page.keyboard.press('Escape')
  await dialog.getByRole('button', {name: 'Discard changes'}).click()
  t.deepEqual(await storedDrafts(page), [])
})

test.serial('a draft of a field that another member has saved since then shows both texts', async t => {
  const board = await createBoard(server)
  const path = `/sprints/${board.sprint.id}`
  const {page} = await board.open(t, 'ada')
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByLabel('Name').fill('By Ada')
  await page.reload()
  await board.bob.patch(path, {name: 'By Bob'})
  await page.getByRole('heading', {name: 'By Bob'}).waitFor()
  for (const choice of [undefined, 'Yours']) {
    await page.getByRole('button', {name: 'Edit sprint'}).click()
    const conflict = dialog.getByRole('group', {name: /^Name/})
    await conflict.getByText('By Bob').waitFor()
    await conflict.getByText('By Ada').waitFor()
    // A conflict without a choice is shown again in the next dialog.
    if (choice === undefined) await page.reload()
    else await conflict.getByLabel(choice).check()
  }
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.is((await board.ada.get(path)).body.name, 'By Ada')
})

test.serial('a discarded draft leaves the form with what other members have saved', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const path = `/sprints/${board.sprint.id}`
  const {page} = await board.open(t, 'ada')
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  const open = () => page.getByRole('button', {name: 'Edit sprint'}).click()
  const goal = dialog.locator('[name=goal]')
  await open()
  await goal.fill('Land on the moon')
  await page.reload()
  await open()
  await dialog.getByText(draftNote).waitFor()
  await board.bob.patch(path, {goal: 'By Bob'})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.getByText('was changed while you were editing').waitFor()
  await dialog.getByRole('button', {name: 'Discard draft'}).click()
  t.is(await goal.inputValue(), 'By Bob')
  t.is(await page.evaluate('document.activeElement.name'), 'name')
  t.is(await dialog.getByText('was changed while you were editing').count(), 0)
  t.deepEqual(await storedDrafts(page), [])
  await page.keyboard.press('Escape')
  await dialog.waitFor({state: 'detached'}) // nothing is edited
  await open()
  await dialog.getByLabel('Name').fill('By Ada')
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.like((await board.ada.get(path)).body, {name: 'By Ada', goal: 'By Bob'})

  // A saved draft can no longer be discarded.
  await open()
  await goal.fill('Land on Mars')
  await page.reload()
  await open()
  await page.route(`**${path}`, async route => {
    if (route.request().method() === 'PATCH') await goal.fill('Land on Mars and return')
    await route.continue()
  })
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.getByText(draftNote).waitFor({state: 'detached'})
  t.is(await goal.inputValue(), 'Land on Mars and return')
})

test.serial('a chosen version of a field is no conflict in the next dialog', async t => {
  const board = await createBoard(server)
  const path = `/sprints/${board.sprint.id}`
  const {page} = await board.open(t, 'ada')
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByLabel('Name').fill('By Ada')
  await dialog.getByLabel('Goal').fill('Land on the moon')
  await board.bob.patch(path, {name: 'By Bob', goal: 'Land on Mars'})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.getByRole('group', {name: /^Name/}).getByLabel('Saved in the meantime').check()
  await dialog.getByRole('group', {name: /^Goal/}).getByLabel('Yours').check()
  await page.reload()
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByText(draftNote).waitFor()
  t.is(await dialog.getByRole('group').count(), 0)
  t.is(await dialog.getByLabel('Name').inputValue(), 'By Bob')
  t.is(await dialog.getByLabel('Goal').inputValue(), 'Land on the moon')
  await board.bob.patch(path, {name: 'By Bob again'})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.like((await board.ada.get(path)).body, {name: 'By Bob again', goal: 'Land on the moon'})
})

test.serial(
  'when the thing is deleted, its dialog says so and keeps the text until it is closed',
  async t => {
    t.timeout(180_000)
    const board = await createBoard(server)
    const {page, card} = await board.open(t, 'ada')
    const openers = {
      task: async () => {
        await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click({force: true})
        await page.getByRole('menuitem', {name: 'Edit'}).click()
      },
      story: async () => {
        await page.getByRole('radio', {name: 'By story'}).check()
        await page.getByRole('button', {name: 'Edit story: Reach orbit'}).click()
      },
      sprint: () => page.getByRole('button', {name: 'Edit sprint'}).click(),
      project: async () => {
        await page.goto(`${server.url}/projects/${board.project.id}`)
        await page.getByRole('button', {name: 'Edit project'}).first().click()
      },
    }
    const paths = {
      task: `/tasks/${board.tasks['Fill the tank']}`,
      story: `/stories/${board.story.id}`,
      sprint: `/sprints/${board.sprint.id}`,
      project: `/projects/${board.project.id}`,
    }
    for (const noun of ['task', 'story', 'sprint', 'project'] as const) {
      await openers[noun]()
      const dialog = page.getByRole('dialog', {name: `Edit ${noun}`})
      const field = dialog.locator('input').first()
      await field.fill('Typed by Ada')
      await board.root.delete(paths[noun])
      await dialog.getByText(`This ${noun} was deleted.`).waitFor()
      t.is(await field.inputValue(), 'Typed by Ada')
      t.is(await dialog.getByRole('button', {name: 'Save changes'}).count(), 0)
      await dialog.getByRole('button', {name: 'Close'}).last().click()
      await dialog.getByRole('button', {name: 'Discard changes'}).click()
      await dialog.waitFor({state: 'detached'})
    }
  },
)

test.serial('a task whose story moves to the backlog can still be saved', async t => {
  const board = await createBoard(server)
  const {page, card} = await board.open(t, 'ada')
  await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click({force: true})
  await page.getByRole('menuitem', {name: 'Edit'}).click()
  const dialog = page.getByRole('dialog', {name: 'Edit task'})
  await dialog.getByLabel('Title').fill('Fill both tanks')
  await board.bob.patch(`/stories/${board.story.id}`, {sprint_id: null})
  await card('Fill the tank').waitFor({state: 'detached'})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.is((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body.title, 'Fill both tanks')
})

test.serial('edits that were discarded while they were sent are not merged, and show no note', async t => {
  const board = await createBoard(server)
  const path = `/sprints/${board.sprint.id}`
  const {page, notes} = await board.open(t, 'ada')
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  for (const saved of [{name: 'By Bob'}, {goal: 'By Bob'}]) {
    await page.getByRole('button', {name: 'Edit sprint'}).click()
    const release = await hold(page, 'PATCH', path)
    await dialog.getByLabel('Name').fill('By Ada')
    await Promise.all([
      page.waitForRequest(request => request.method() === 'PATCH'),
      dialog.getByLabel('Name').press('Enter'),
    ])
    await board.bob.patch(path, saved)
    await dialog.getByRole('button', {name: 'Cancel'}).click()
    await dialog.getByRole('button', {name: 'Discard changes'}).click()
    await dialog.waitFor({state: 'detached'})
    const [response] = await Promise.all([page.waitForResponse(`**${path}`), release()])
    t.is(response.status(), 412)
    await page.unroute(`**${path}`)
  }
  // The next save comes after everything that the refused requests could have caused.
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  t.is(await dialog.getByText(draftNote).count(), 0)
  await dialog.getByLabel('End date').fill('2026-02-01')
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.like((await board.ada.get(path)).body, {name: 'By Bob', goal: 'By Bob', ends_on: '2026-02-01'})
  t.deepEqual(
    (await notes()).filter(note => note.startsWith('Failed')),
    [],
  )
})

test.serial(
  'the late response to a closed dialog says what is kept, and keeps what was typed since then',
  async t => {
    const board = await createBoard(server)
    const path = `/sprints/${board.sprint.id}`
    const {page} = await board.open(t, 'ada', '/')
    await page.getByRole('link', {name: /Open board/}).click()
    const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
    const open = () => page.getByRole('button', {name: 'Edit sprint'}).click()
    const goal = dialog.locator('[name=goal]')
    const save = () =>
      Promise.all([
        page.waitForRequest(request => request.method() === 'PATCH'),
        dialog.getByRole('button', {name: 'Save changes'}).click(),
      ])
    const refuseNow = await hold(page, 'PATCH', path, refuse)
    await open()
    await goal.fill('Land on the moon')
    await save()
    await page.goBack()
    await dialog.waitFor({state: 'detached'})
    refuseNow()
    await page.getByText('Failed: Save changes').waitFor()
    await page.getByText('Your text is kept in the form.').waitFor()
    await page.unroute(`**${path}`)
    await page.goForward()

    const respond = await hold(page, 'PATCH', path)
    await open()
    await save()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', {name: 'Discard changes'}).click()
    await dialog.waitFor({state: 'detached'})
    await open()
    await goal.fill('Land on Mars')
    respond()
    await page.getByText('Land on the moon').waitFor()
    await page.reload()
    await open()
    await dialog.getByText(draftNote).waitFor()
    t.is(await goal.inputValue(), 'Land on Mars')
  },
)

test.serial('the form of a story waits for the sprints, so that a late list moves no story', async t => {
  const board = await createBoard(server)
  const path = `/stories/${board.story.id}`
  const sprints = `/projects/${board.project.id}/sprints`
  const {page} = await board.open(t, 'ada')
  await page.getByRole('radio', {name: 'By story'}).check()
  const release = await hold(page, 'GET', `${sprints}*`)
  await page.getByRole('button', {name: 'Edit story: Reach orbit'}).click()
  const dialog = page.getByRole('dialog', {name: 'Edit story'})
  await dialog.getByRole('progressbar').waitFor({state: 'attached'})
  t.is(await dialog.getByLabel('Title').count(), 0)
  release()
  t.is(await dialog.getByLabel('Sprint').inputValue(), board.sprint.id)
  await dialog.getByLabel('Title').fill('By Ada')
  const {body: next} = await board.bob.post(sprints, {name: 'The next sprint'})
  await board.bob.patch(path, {title: 'By Bob', sprint_id: next.id})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.getByText('was changed while you were editing').waitFor()
  t.is(await dialog.locator('select[name=sprint_id] option:checked').textContent(), 'The next sprint')
  await dialog.getByRole('radio', {name: /^Yours/}).check()
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.like((await board.ada.get(path)).body, {title: 'By Ada', sprint_id: next.id})
})

test.serial(
  'the priority, due date, labels and checklist of a task are set in its panel, and its card shows them',
  async t => {
    t.timeout(60_000)
    const board = await createBoard(server)
    const {page, card, notes} = await board.open(t, 'ada')
    const id = board.tasks['Fill the tank']
    const task = async () => (await board.ada.get(`/tasks/${id}`)).body
    await card('Fill the tank').press('Enter')
    const panel = page.getByRole('dialog', {name: 'Fill the tank'})
    await panel.getByLabel('Priority').selectOption('Urgent')
    await card('Fill the tank').getByText('Urgent').waitFor()
    await panel.getByLabel('Due date').fill('2020-02-29')
    await panel.getByLabel('Due date').press('Enter')
    const late = card('Fill the tank').getByText(/days late/)
    await late.waitFor()
    await panel.getByLabel('Due date').press('1') // January
    await board.bob.patch(`/tasks/${id}`, {due_on: '2999-12-31'})
    await late.waitFor({state: 'detached'})
    t.is(await panel.getByLabel('Due date').inputValue(), '2020-01-29')
    const opacity = () => panel.getByLabel('Due date').evaluate(field => getComputedStyle(field).opacity)
    t.is(await opacity(), '1')
    await panel.getByLabel('Due date').click()
    t.is(await opacity(), '0') // the text of the day is readable, and not the field
    await page.keyboard.press('Escape') // closes the calendar
    await panel.getByText('Dec 31, 2999').waitFor()
    await panel.getByLabel('Due date').fill('2020-02-29')
    await panel.getByLabel('Due date').press('Enter')
    await late.waitFor()
    t.is(await page.evaluate('document.activeElement.ariaLabel'), 'Due date')

    // A name that no label has creates the label.
    await panel.getByRole('button', {name: 'Labels: None'}).click()
    const typed = page.getByLabel('Type to find or create a label')
    for (const name of ['Engine', 'Safety']) {
      await typed.fill(name)
      await page.getByRole('option', {name: `Create “${name}”`}).waitFor()
      await typed.press('Enter')
      await card('Fill the tank').getByText(name).waitFor()
    }
    await typed.fill('eng')
    await typed.press('Enter')
    await card('Fill the tank').getByText('Engine').waitFor({state: 'detached'})
    // A refused name comes back into the field.
    await page.route('**/labels', route => route.abort(), {times: 1})
    await typed.fill('Fuel')
    await page.getByRole('option', {name: 'Create “Fuel”'}).waitFor()
    await typed.press('Enter')
    await until(async () => (await notes()).some(note => note.includes('Fuel')))
    t.is(await typed.inputValue(), 'Fuel')

    await page.getByRole('button', {name: 'Rename, recolour or delete labels…'}).click()
    const newName = page.getByLabel('Name of the new label')
    const held: (() => Promise<void>)[] = []
    await page.route('**/labels', route => held.push(() => route.continue()))
    await newName.fill('Fuel')
    await newName.press('Enter')
    await newName.fill('Oil')
    await newName.press('Enter') // the request for the first label has not ended
    await until(async () => held.length > 0)
    await held[0]!()
    await page.getByLabel('Name of Fuel').waitFor()
    await page.unroute('**/labels')
    t.is(held.length, 1)
    t.is(await newName.inputValue(), 'Oil')

    // What the member does during the request is not overwritten.
    const respond = await hold(page, 'POST', '/labels')
    const newColor = page.getByLabel('Colour of the new label')
    await Promise.all([page.waitForRequest('**/labels'), newName.press('Enter')])
    await newColor.selectOption('Grey')
    const safety = page.getByLabel('Name of Safety')
    await safety.fill('Dan')
    respond()
    await page.getByLabel('Name of Oil').waitFor()
    await until(async () => (await newName.inputValue()) === '')
    t.is(await newColor.inputValue(), 'gray')
    t.is(await page.evaluate('document.activeElement.value'), 'Dan')
    await page.unroute('**/labels')

    // A refused name is sent again only by Enter, and Escape discards it.
    await safety.fill('Fuel')
    const renames: string[] = []
    await page.route('**/labels/*', route => {
      renames.push(route.request().postDataJSON().name)
      return route.continue()
    })
    await safety.press('Enter')
    await until(async () => (await notes()).some(note => note.includes('has this name')))
    t.is(await safety.inputValue(), 'Fuel')
    await newName.focus()
    await safety.focus()
    await Promise.all([page.waitForResponse('**/labels/*'), safety.press('Enter')])
    t.deepEqual(renames, ['Fuel', 'Fuel'])
    await safety.press('Escape')
    t.is(await safety.inputValue(), 'Safety')
    await page.unroute('**/labels/*')
    await safety.fill('Dan')
    const {items} = (await board.ada.get(`/projects/${board.project.id}/labels`)).body
    const {id: safetyId} = items.find(({name}: {name: string}) => name === 'Safety')
    await board.bob.patch(`/labels/${safetyId}`, {name: 'Risk'})
    await page.getByLabel('Name of Risk').pressSequentially('ger')
    t.is(await page.getByLabel('Name of Risk').inputValue(), 'Danger')
    await page.getByRole('button', {name: 'Delete Fuel'}).focus() // leaving the field saves the name
    await page.getByLabel('Name of Danger').waitFor()
    await page.getByLabel('Colour of Danger').selectOption('Red')
    await card('Fill the tank').locator('[data-color=red]', {hasText: 'Danger'}).waitFor()
    await page.getByRole('button', {name: 'Delete Engine'}).click()
    await page.getByRole('button', {name: 'Delete', exact: true}).click()
    await page.getByLabel('Name of Engine').waitFor({state: 'detached'})
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')

    const newItem = panel.getByLabel('New checklist item')
    for (const text of ['Open the valve', 'Close the valve']) {
      await newItem.fill(text)
      await newItem.press('Enter')
    }
    await panel.getByRole('checkbox', {name: 'Open the valve'}).check()
    await card('Fill the tank').getByText('1/2').waitFor()
    await panel.getByLabel('Edit item: Close the valve').fill('Shut the valve')
    await panel.getByLabel('Edit item: Close the valve').press('Enter')
    await panel.getByLabel('Edit item: Shut the valve').press('Alt+ArrowUp')
    await panel
      .getByRole('checkbox')
      .first()
      .and(panel.getByLabel('Shut the valve', {exact: true}))
      .waitFor()
    await until(async () => (await task()).checklist[0].text === 'Shut the valve')

    // A refused change is undone.
    await page.route('**/checklist', route => route.abort(), {times: 1})
    await newItem.fill('Order the second valve')
    await newItem.press('Enter')
    await until(async () => (await newItem.inputValue()) === 'Order the second valve')
    await newItem.press('Enter')
    await panel.getByRole('checkbox', {name: 'Order the second valve', disabled: false}).waitFor()
    t.is(await newItem.inputValue(), '')
    await Promise.all([
      page.waitForResponse(response => response.request().method() === 'DELETE'),
      panel.getByRole('button', {name: 'Delete item: Order the second valve'}).click(),
    ])
    await page.route('**/checklist/*', route => route.fulfill({status: 503, body: ''}))
    await panel.getByRole('checkbox', {name: 'Shut the valve'}).click()
    await until(async () => (await notes()).some(note => note.includes('Shut the valve')))
    t.false(await panel.getByRole('checkbox', {name: 'Shut the valve'}).isChecked())
    const saved = await task()
    t.like(saved, {priority: 'urgent', due_on: '2020-02-29', checklist_count: 2, checklist_done_count: 1})
    t.is(saved.label_ids.length, 1)
    await page.unroute('**/checklist/*')

    // The pressed button disappears, and the focus stays in the checklist.
    await panel.getByRole('button', {name: 'Move up: Open the valve'}).press('Enter')
    await untilInPage(page, `document.activeElement.value === 'Open the valve'`)
    await panel.getByRole('button', {name: 'Delete item: Open the valve'}).press('Enter')
    await untilInPage(page, `document.activeElement.matches('.checklist ul')`)
  },
)

test.serial(
  'the dialogs of a task set its priority, due date and labels, and keep them as a draft',
  async t => {
    const board = await createBoard(server)
    const path = `/projects/${board.project.id}/labels`
    for (const name of ['Engine', 'Safety']) await board.ada.post(path, {name})
    const {page, card} = await board.open(t, 'ada')
    await page.getByRole('button', {name: 'New task', exact: true}).click()
    const dialog = page.getByRole('dialog', {name: 'New task'})
    await dialog.getByLabel('Title').fill('Pack lunch')
    await dialog.getByLabel('Priority').selectOption('Low')
    await dialog.getByRole('button', {name: 'Labels'}).click()
    await page.getByLabel('Type to find or create a label').fill('saf')
    await page.getByLabel('Type to find or create a label').press('Enter')
    await page.keyboard.press('Escape')
    await page.reload()
    await page.getByRole('button', {name: 'New task', exact: true}).click()
    await dialog.getByText(draftNote).waitFor()
    await dialog.locator('.label-chip', {hasText: 'Safety'}).waitFor()
    await dialog.getByRole('button', {name: 'Create task'}).click()
    await card('Pack lunch').locator('.label-chip', {hasText: 'Safety'}).waitFor()
    await card('Pack lunch').getByText('Low').waitFor()
    t.is(await card('Pack lunch').locator('.label-chip').count(), 1)
  },
)
