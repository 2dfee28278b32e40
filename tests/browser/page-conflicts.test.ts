// Tests that a member who saves later does not overwrite what another member has saved.
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

test.serial(
  'when two members edit one task, the later one sees both texts of each field that both have changed, and chooses',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const path = `/tasks/${board.tasks['Fill the tank']}`
    const {page, card} = await board.open(t, 'ada')
    await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click({force: true})
    await page.getByRole('menuitem', {name: 'Edit'}).click()
    const dialog = page.getByRole('dialog', {name: 'Edit task'})
    await dialog.getByLabel('Title').fill('Fill both tanks')
    await dialog.getByLabel('Description').fill('With kerosene.')
    await dialog.getByLabel('Estimated hours').fill('3')
    await board.bob.patch(path, {
      title: 'Fill the red tank',
      description: 'With hydrogen.',
      acceptance_criteria_refs: ['AC-7'],
    })
    await dialog.getByRole('button', {name: 'Save changes'}).click()
    await dialog.getByText('This task was changed while you were editing.').waitFor()
    t.like((await board.ada.get(path)).body, {title: 'Fill the red tank', description: 'With hydrogen.'})

    // Only the fields that both have changed are marked. The form shows what only Bob has changed.
    t.is(await dialog.getByRole('group').count(), 2)
    t.is(await dialog.getByLabel('Acceptance criteria').inputValue(), 'AC-7')
    const title = dialog.getByRole('group', {name: /^Title/})
    await title.getByText('Fill both tanks').waitFor()
    await title.getByText('Fill the red tank').waitFor()
    const description = dialog.getByRole('group', {name: /^Description/})
    await dialog.getByRole('button', {name: 'Keep all my versions'}).click()
    t.true(await title.getByLabel('Yours').isChecked())
    t.true(await description.getByLabel('Yours').isChecked())
    await description.getByLabel('Saved in the meantime').check()
    t.is(await dialog.getByLabel('Description').first().inputValue(), 'With hydrogen.')
    await description.getByLabel('Yours').check() // nothing that was typed is lost
    t.is(await dialog.getByLabel('Description').first().inputValue(), 'With kerosene.')
    await description.getByLabel('Saved in the meantime').check()
    await dialog.getByRole('button', {name: 'Save changes'}).click()
    await dialog.waitFor({state: 'detached'})
    t.like((await board.ada.get(path)).body, {
      title: 'Fill both tanks',
      description: 'With hydrogen.',
      estimated_hours: 3,
      acceptance_criteria_refs: ['AC-7'],
    })
  },
)

test.serial(
  'edits of different fields are merged, and a save after a change of status asks nothing',
  async t => {
    const board = await createBoard(server)
    const path = `/tasks/${board.tasks['Fill the tank']}`
    const {page, card} = await board.open(t, 'ada')
    await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click({force: true})
    await page.getByRole('menuitem', {name: 'Edit'}).click()
    const dialog = page.getByRole('dialog', {name: 'Edit task'})
    await dialog.getByLabel('Title').fill('Fill both tanks')
    await board.bob.put(`${path}/ownership`)
    await board.bob.patch(path, {description: 'With hydrogen.'})
    await dialog.getByRole('button', {name: 'Save changes'}).click()
    await dialog.waitFor({state: 'detached'})
    t.like((await board.ada.get(path)).body, {
      title: 'Fill both tanks',
      description: 'With hydrogen.',
      status: 'owned',
    })
  },
)

test.serial('the forms of stories, sprints and projects do not overwrite either', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  await page.getByRole('radio', {name: 'By story'}).check()
  const forms = [
    {button: 'Edit story: Reach orbit', label: 'Title', field: 'title', path: `/stories/${board.story.id}`},
    {button: 'Edit sprint', label: 'Name', field: 'name', path: `/sprints/${board.sprint.id}`},
    {button: 'Edit project', label: 'Name', field: 'name', path: `/projects/${board.project.id}`},
  ]
  for (const {button, label, field, path} of forms) {
    if (button === 'Edit project') await page.goto(`${server.url}/projects/${board.project.id}`)
    await page.getByRole('button', {name: button}).first().click()
    const dialog = page.getByRole('dialog', {name: button.split(':')[0]!})
    await dialog.getByLabel(label).fill('By Ada')
    await board.bob.patch(path, {[field]: 'By Bob'})
    await dialog.getByRole('button', {name: 'Save changes'}).click()
    await dialog.getByText('was changed while you were editing').waitFor()
    t.is((await board.ada.get(path)).body[field], 'By Bob', button)
    await dialog.getByRole('radio', {name: /^Yours/}).check()
    await dialog.getByRole('button', {name: 'Save changes'}).click()
    await dialog.waitFor({state: 'detached'})
    t.is((await board.ada.get(path)).body[field], 'By Ada', button)
  }
})

test.serial(
  'a story that was moved to a new sprint while its form was open stays in this sprint',
  async t => {
    const board = await createBoard(server)
    const path = `/stories/${board.story.id}`
    const {page} = await board.open(t, 'ada')
    await page.getByRole('radio', {name: 'By story'}).check()
    await page.getByRole('button', {name: 'Edit story: Reach orbit'}).click()
    const dialog = page.getByRole('dialog', {name: 'Edit story'})
    await dialog.getByLabel('Sprint').waitFor()
    await dialog.getByLabel('Title').fill('By Ada')
    const sprints = `/projects/${board.project.id}/sprints`
    const {body: sprint} = await board.bob.post(sprints, {name: 'The next sprint'})
    await board.bob.patch(path, {sprint_id: sprint.id})
    await dialog.getByRole('button', {name: 'Save changes'}).click()
    await dialog.waitFor({state: 'detached'})
    t.like((await board.ada.get(path)).body, {title: 'By Ada', sprint_id: sprint.id})
  },
)

test.serial('a text that was merged by hand is “Yours”', async t => {
  const board = await createBoard(server)
  const path = `/tasks/${board.tasks['Fill the tank']}`
  const {page, card} = await board.open(t, 'ada')
  await card('Fill the tank').getByRole('button', {name: 'Move or edit'}).click({force: true})
  await page.getByRole('menuitem', {name: 'Edit'}).click()
  const dialog = page.getByRole('dialog', {name: 'Edit task'})
  const title = dialog.locator('input[name=title]')
  await title.fill('Fill both tanks')
  await board.bob.patch(path, {title: 'Fill the red tank'})
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.getByText('This task was changed while you were editing.').waitFor()
  await title.fill('Fill both red tanks')
  await dialog.getByLabel('Yours').check()
  t.is(await title.inputValue(), 'Fill both red tanks')
  await dialog.getByLabel('Saved in the meantime').check()
  t.is(await title.inputValue(), 'Fill the red tank')
  await dialog.getByLabel('Yours').check()
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.is((await board.ada.get(path)).body.title, 'Fill both red tanks')
})

test.serial('a new task of a story that was deleted in the meantime lands in no other story', async t => {
  const board = await createBoard(server)
  const stories = `/projects/${board.project.id}/stories`
  const {body: doomed} = await board.root.post(stories, {title: 'Land', sprint_id: board.sprint.id})
  const {page} = await board.open(t, 'ada')
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  const dialog = page.getByRole('dialog', {name: 'New task'})
  await dialog.getByLabel('Story').selectOption('Land')
  await dialog.getByLabel('Title').fill('Open the parachute')
  await board.root.delete(`/stories/${doomed.id}`)
  await dialog.getByRole('option', {name: 'Land (no longer on this board)'}).waitFor({state: 'attached'})
  await dialog.getByRole('button', {name: 'Create task'}).click()
  await dialog.getByText('This story is no longer on this board.').waitFor()
  t.is(await dialog.getByLabel('Title').inputValue(), 'Open the parachute')
  t.is((await board.ada.get(`/stories/${board.story.id}/tasks`)).body.items.length, 3)
  await dialog.getByLabel('Story').selectOption('Reach orbit')
  await dialog.getByRole('button', {name: 'Create task'}).click()
  await dialog.waitFor({state: 'detached'})
  t.is((await board.ada.get(`/stories/${board.story.id}/tasks`)).body.items.length, 4)
})
