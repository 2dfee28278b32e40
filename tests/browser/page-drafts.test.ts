// Tests that the page keeps what a member has typed and not yet sent.
import type {Page} from 'playwright-core'
import {type BoardWindow, hold, isLive, openWindow, refuse, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {until} from '../helpers/until.ts'

const server = await startPageServer()

const openCard = ({card}: BoardWindow, title: string) =>
  card(title).getByRole('button', {name: title, exact: true}).click()
const storedDrafts = (page: Page) =>
  page.evaluate(`Object.keys(sessionStorage).filter(key => key.startsWith('boardcast.drafts'))`)

test.serial('a dialog stays open when a text selection is dragged out of it', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  const title = page.getByLabel('Title')
  await title.fill('Pack lunch')
  const box = (await title.boundingBox())!
  await page.mouse.move(box.x + 60, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(20, box.y + box.height / 2, {steps: 4})
  await page.mouse.up()
  t.is(await title.inputValue(), 'Pack lunch')
  // A click on the backdrop closes no form with unsent text.
  await page.mouse.click(10, 400)
  t.is(await title.inputValue(), 'Pack lunch')
  await title.fill('')
  await page.mouse.click(10, 400)
  await page.getByRole('dialog').waitFor({state: 'detached'})
})

test.serial('a changed edit form asks before it discards the changes', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await page.keyboard.press('Escape')
  await dialog.waitFor({state: 'detached'}) // an unchanged form closes at once

  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await dialog.getByLabel('Goal').fill('Land on the moon')
  await page.keyboard.press('Escape')
  await dialog.getByText('Discard your changes?').waitFor()
  t.is(await page.evaluate('document.activeElement.textContent'), 'Keep editing')
  await page.keyboard.press('Escape')
  await dialog.getByText('Discard your changes?').waitFor({state: 'detached'})
  t.is(await page.evaluate('document.activeElement.name'), 'goal')
  t.is(await dialog.getByLabel('Goal').inputValue(), 'Land on the moon')
  await dialog.getByRole('button', {name: 'Cancel'}).click()
  await dialog.getByRole('button', {name: 'Discard changes'}).click()
  await dialog.waitFor({state: 'detached'})
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  t.is(await dialog.getByLabel('Goal').inputValue(), '')
})

test.serial(
  'the draft of a comment survives another card, a move of its story and a reload, and ends when it is sent',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const ada = await board.open(t, 'ada')
    const comment = ada.page.getByLabel('Comment', {exact: true})
    await openCard(ada, 'Fill the tank')
    await comment.fill('With kerosene?')
    const newItem = ada.page.getByLabel('New checklist item')
    await newItem.fill('Order the')
    await openCard(ada, 'Count to zero')
    await ada.page.getByRole('dialog', {name: 'Count to zero'}).waitFor()
    t.is(await comment.inputValue(), '')
    await openCard(ada, 'Fill the tank')
    await ada.page.getByRole('dialog', {name: 'Fill the tank'}).waitFor()
    t.is(await comment.inputValue(), 'With kerosene?')
    t.is(await newItem.inputValue(), 'Order the')
    await newItem.fill('')

    await board.bob.patch(`/stories/${board.story.id}`, {sprint_id: null})
    await comment.waitFor({state: 'detached'})
    await board.bob.patch(`/stories/${board.story.id}`, {sprint_id: board.sprint.id})
    await comment.waitFor()
    t.is(await comment.inputValue(), 'With kerosene?')

    await ada.page.reload()
    await comment.waitFor()
    t.is(await comment.inputValue(), 'With kerosene?')
    await ada.page.getByRole('button', {name: 'Comment', exact: true}).click()
    await ada.page.locator('.comment').getByText('With kerosene?').waitFor()
    t.is(await comment.inputValue(), '')
    await ada.page.reload()
    await ada.page.locator('.comment').getByText('With kerosene?').waitFor()
    t.is(await comment.inputValue(), '')
    t.deepEqual(await storedDrafts(ada.page), [])
  },
)

test.serial(
  'the text of a checklist item that another member deletes stays, and survives the deletion of the task',
  async t => {
    t.timeout(60_000)
    const board = await createBoard(server)
    const path = `/tasks/${board.tasks['Fill the tank']}`
    const add = async (text: string) => (await board.bob.post(`${path}/checklist`, {text})).body.checklist
    await add('Open the valve')
    const [open, close] = await add('Close the valve')
    const {page, card} = await board.open(t, 'ada')
    await card('Fill the tank').press('Enter')
    const edited = page.getByLabel('Edit item: Open the valve')
    await edited.fill('Open the valve slowly')
    await board.bob.delete(`${path}/checklist/${open.id}`)
    await page.getByText('This item was deleted.').waitFor()
    await page.keyboard.type(', /?q') // the field has kept the focus
    t.is(await edited.inputValue(), 'Open the valve slowly, /?q')
    // Escape closes the panel, and does not discard the text.
    await page.keyboard.press('Escape')
    await edited.waitFor({state: 'detached'})
    await card('Fill the tank').press('Enter')
    await page.getByLabel('Edit item: Open the valve slowly, /?q').waitFor()
    await page.getByRole('button', {name: 'Add as a new item'}).click()
    await page.getByRole('checkbox', {name: 'Open the valve slowly, /?q', disabled: false}).waitFor()
    t.is(await page.getByText('This item was deleted.').count(), 0)

    // Without an unsent text, the focus moves to the list.
    await page.getByLabel('Edit item: Close the valve').focus()
    await board.bob.delete(`${path}/checklist/${close.id}`)
    await untilInPage(page, `document.activeElement.matches('.checklist ul')`)

    await page.getByLabel(/^Edit item/).fill('Open the valve fast')
    await page.goBack()
    await page.getByRole('dialog').waitFor({state: 'detached'})
    await card('Fill the tank').press('Enter')
    await page.getByText('Not saved.').waitFor()
    await board.root.delete(path)
    await page.getByText('This task was deleted.').waitFor()
    await page.getByText('Open the valve fast').waitFor()
  },
)

test.serial(
  'refused texts of a checklist stay in their fields, and an item whose response was lost is added once',
  async t => {
    t.timeout(60_000)
    const board = await createBoard(server)
    const path = `/tasks/${board.tasks['Fill the tank']}`
    for (const text of ['One', 'Two']) await board.ada.post(`${path}/checklist`, {text})
    const texts = async () => (await board.ada.get(path)).body.checklist.map(({text}: {text: string}) => text)
    const {page, card} = await board.open(t, 'ada')
    await card('Fill the tank').press('Enter')
    await page.route('**/checklist/*', route => route.abort())
    await page.getByLabel('Edit item: One').fill('First')
    await page.getByLabel('Edit item: Two').fill('Second')
    await page.getByLabel('New checklist item').focus()
    await until(async () => (await page.getByText('Not saved.').count()) === 2)
    t.is(await page.getByLabel('Edit item: One').inputValue(), 'First')
    t.is(await page.getByLabel('Edit item: Two').inputValue(), 'Second')
    await page.unroute('**/checklist/*')
    await page.getByRole('button', {name: 'Save', exact: true}).first().click()
    await page.getByLabel('Edit item: First').waitFor()
    await page.getByRole('button', {name: 'Discard', exact: true}).click()
    t.is(await page.getByLabel('Edit item: Two').inputValue(), 'Two')
    await until(async () => (await texts()).join() === 'First,Two')

    // The server makes the change, and the response is lost after the stream has delivered the item.
    const newItem = page.getByLabel('New checklist item')
    const item = page.getByRole('checkbox', {name: 'Buy oil', disabled: false})
    await page.route('**/checklist', async route => {
      await route.fetch()
      await item.waitFor()
      await route.abort()
    })
    await newItem.fill('Buy oil')
    await newItem.press('Enter')
    await page.getByRole('checkbox', {name: 'Buy oil', disabled: true}).waitFor({state: 'detached'})
    t.is(await newItem.inputValue(), '')
    t.deepEqual(await storedDrafts(page), [])

    // The response is lost before the stream delivers the item.
    await page.unroute('**/checklist')
    await page.route('**/checklist', route => route.abort())
    await newItem.fill('Buy rope')
    await newItem.press('Enter')
    await until(async () => (await newItem.inputValue()) === 'Buy rope')
    await board.ada.post(`${path}/checklist`, {text: 'Buy rope'})
    await page.getByRole('checkbox', {name: 'Buy rope'}).waitFor()
    await until(async () => (await newItem.inputValue()) === '')
    t.deepEqual(await storedDrafts(page), [])

    // A reload during the request gives the text back, and sending it again adds no second item.
    await page.unroute('**/checklist')
    await page.route('**/checklist', async route => {
      await page.reload()
      await route.fetch() // the server makes the change
    })
    await newItem.fill('Buy kerosene')
    await newItem.press('Enter')
    await page.getByRole('checkbox', {name: 'Buy kerosene', disabled: false}).waitFor()
    await until(async () => (await newItem.inputValue()) === 'Buy kerosene')
    await page.unroute('**/checklist')
    await newItem.press('Enter')
    await until(async () => (await newItem.inputValue()) === '')
    t.deepEqual(await texts(), ['First', 'Two', 'Buy oil', 'Buy rope', 'Buy kerosene'])
  },
)

test.serial(
  'the draft of a new task survives closing and a reload, can be discarded, and ends with the sign-out',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const {page} = await board.open(t, 'ada')
    const open = () => page.getByRole('button', {name: 'New task', exact: true}).click()
    const title = page.getByLabel('Title')
    await open()
    await title.fill('Pack lunch')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({state: 'detached'})
    await open()
    t.is(await title.inputValue(), 'Pack lunch')
    await page.reload()
    await isLive(page)
    await open()
    t.is(await title.inputValue(), 'Pack lunch')
    await page.getByRole('button', {name: 'Discard draft'}).click()
    t.is(await title.inputValue(), '')
    t.deepEqual(await storedDrafts(page), [])

    await title.fill('Pack dinner')
    await page.keyboard.press('Escape')
    t.is(((await storedDrafts(page)) as string[]).length, 1)
    await page.getByRole('button', {name: 'Account: Ada'}).click()
    await page.getByRole('button', {name: 'Sign out', exact: true}).click()
    await page.getByRole('button', {name: 'Sign in', exact: true}).waitFor()
    t.deepEqual(await storedDrafts(page), [])
  },
)

test.serial('an answer that is being typed stays when another member answers first', async t => {
  const board = await createBoard(server)
  const question = await board.ada.post(`/projects/${board.project.id}/escalations`, {
    question: 'May we launch on Friday?',
    task_id: board.tasks['Fill the tank'],
    assignee_user_id: (await board.bob.caller()).user_id,
  })
  const {page} = await board.open(t, 'bob', '/')
  const waiting = page.getByRole('region', {name: 'Waiting for you'})
  await page.getByRole('button', {name: 'Answer', exact: true}).click()
  const answer = page.getByLabel('Your answer')
  await answer.fill('Not before the weather clears.')
  await board.root.post(`/escalations/${question.body.id}/response`, {response: 'On Thursday.'})
  await page.getByText('Root answered while you were writing').waitFor()
  await waiting.getByText('On Thursday.').waitFor() // the answer that is being typed does not move
  t.is(await answer.inputValue(), 'Not before the weather clears.')
  t.is(await page.evaluate('document.activeElement.name'), 'response')
  await page.getByRole('button', {name: 'Post as comment'}).click()
  await answer.waitFor({state: 'detached'})
  const comments = await board.ada.get(`/tasks/${board.tasks['Fill the tank']}/comments`)
  t.is(comments.body.items[0].body, 'Not before the weather clears.')
})

test.serial('a form that was closed while it was sent reports its failure in a note', async t => {
  const board = await createBoard(server)
  const {page, notes} = await board.open(t, 'ada')
  const release = await hold(page, 'POST', '/stories/*/tasks', route => refuse(route, 409, 'story-not-found'))
  await page.getByRole('button', {name: 'New task', exact: true}).click()
  await page.getByLabel('Title').fill('Pack lunch')
  await Promise.all([page.waitForRequest('**/stories/*/tasks'), page.keyboard.press('Enter')])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({state: 'detached'})
  release()
  await page.getByText('Failed: Create task').waitFor()
  t.is((await notes()).length, 1)
})

test.serial(
  'a comment that is sent while its panel closes and opens again ends the draft, and its failure is reported',
  async t => {
    const board = await createBoard(server)
    const ada = await board.open(t, 'ada')
    const {page} = ada
    const comment = page.getByLabel('Comment', {exact: true})
    const panel = page.getByRole('dialog', {name: 'Fill the tank'})
    /** Sends the comment and closes the panel before the server responds. Returns a function that lets it respond. */
    const sendAndClose = async (body: string, answer?: typeof refuse) => {
      const respond = await hold(page, 'POST', '/tasks/*/comments', answer)
      await openCard(ada, 'Fill the tank')
      await comment.fill(body)
      await Promise.all([
        page.waitForRequest(request => request.method() === 'POST'),
        comment.press('Control+Enter'),
      ])
      await panel.getByRole('button', {name: 'Close'}).click()
      await panel.waitFor({state: 'detached'})
      return respond
    }

    const respond = await sendAndClose('With kerosene?')
    await openCard(ada, 'Fill the tank')
    t.is(await comment.inputValue(), 'With kerosene?')
    respond()
    await untilInPage(page, `document.querySelector('.comment-form textarea').value === ''`)
    t.deepEqual(await storedDrafts(page), [])
    await panel.getByRole('button', {name: 'Close'}).click()

    const respondLater = await sendAndClose('How much?')
    await openCard(ada, 'Fill the tank')
    await comment.fill('How much? And when?')
    respondLater()
    await page.locator('.comment').getByText('How much?').waitFor()
    t.is(await comment.inputValue(), 'How much? And when?')
    await page.reload()
    await comment.waitFor()
    t.is(await comment.inputValue(), 'How much? And when?')
    await panel.getByRole('button', {name: 'Close'}).click()

    const refuseLate = await sendAndClose('And why?', refuse)
    refuseLate()
    await page.getByRole('alert').getByText('Failed: Comment').waitFor()
    await page.getByText('Your text is kept in the form.').waitFor()
    await openCard(ada, 'Fill the tank')
    t.is(await comment.inputValue(), 'And why?')
  },
)

test.serial(
  'an edit of a comment closes when it is sent after its panel was opened again, and a note says truly what is kept',
  async t => {
    const board = await createBoard(server)
    const id = board.tasks['Fill the tank']
    await board.ada.post(`/tasks/${id}/comments`, {body: 'With kerosine.'})
    const ada = await board.open(t, 'ada')
    const {page, notes} = ada
    const panel = page.getByRole('dialog', {name: 'Fill the tank'})
    const field = page.locator('.comment').getByLabel('Comment', {exact: true})
    const edit = async (body: string) => {
      await page.getByRole('button', {name: 'Edit comment'}).click()
      await field.fill(body)
      await Promise.all([
        page.waitForRequest(request => request.method() === 'PATCH'),
        field.press('Control+Enter'),
      ])
    }

    const respond = await hold(page, 'PATCH', '/comments/*')
    await openCard(ada, 'Fill the tank')
    await edit('With kerosene.')
    await panel.getByRole('button', {name: 'Close'}).click()
    await panel.waitFor({state: 'detached'})
    await openCard(ada, 'Fill the tank')
    await field.waitFor()
    const comment = page.getByLabel('Comment', {exact: true}).last()
    await comment.focus()
    respond()
    await field.waitFor({state: 'detached'})
    await page.locator('.comment').getByText('With kerosene.').waitFor()
    t.true(await comment.evaluate(element => element === document.activeElement))

    const refuseEdit = await hold(page, 'PATCH', '/comments/*', refuse)
    await edit('With petrol.')
    await page.locator('.comment').getByRole('button', {name: 'Cancel'}).click()
    refuseEdit()
    await page.getByText('Failed: Edit comment').waitFor()
    t.false((await notes()).some(note => note.includes('Your text is kept')))
  },
)

test.serial('after a sign-out, no note shows what the member has done', async t => {
  const {sprint} = await server.team('handed-over')
  const who = (sub: string, name: string) => ({sub, org: 'handed-over', role: 'member' as const, name})
  const {page, card, sees, notes} = await openWindow(t, server, who('ada', 'Ada'), `/sprints/${sprint.id}`)
  const refuseNow = await hold(page, 'PUT', '/ownership', refuse)
  await card('Fill the tank').press(' ')
  await sees('Fill the tank', 'Owned')
  await page.getByRole('button', {name: 'Account: Ada'}).click()
  await page.getByRole('button', {name: 'Sign out', exact: true}).click()
  const signIn = page.getByRole('button', {name: 'Sign in', exact: true})
  await signIn.waitFor()
  await Promise.all([page.waitForResponse('**/ownership'), refuseNow()])
  // What the next member sees comes after everything that the response could have caused.
  await page.getByLabel('Token').fill(await server.tokenFor(who('bob', 'Bob')))
  await signIn.click()
  await isLive(page)
  t.deepEqual(await notes(), [])
})

test.serial('the note about a restored draft does not return for what is typed later', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  const open = () => page.getByRole('button', {name: 'New task', exact: true}).click()
  const title = page.getByLabel('Title')
  await open()
  await title.fill('Pack lunch')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await open()
  const note = page.getByText('This form contains your unsaved draft.')
  await note.waitFor()
  await title.fill('')
  await note.waitFor({state: 'detached'})
  await title.fill('Pack dinner')
  t.is(((await storedDrafts(page)) as string[]).length, 1)
  t.is(await note.count(), 0)
})

test.serial('what is typed while an edit form is sent stays in the form', async t => {
  const board = await createBoard(server)
  const {page} = await board.open(t, 'ada')
  const dialog = page.getByRole('dialog', {name: 'Edit sprint'})
  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await page.route(`**/sprints/${board.sprint.id}`, async route => {
    if (route.request().method() === 'PATCH') await dialog.getByLabel('Goal').fill('Land on the moon')
    await route.continue()
  })
  await dialog.getByLabel('Goal').fill('Land')
  await dialog.getByLabel('Goal').press('Control+Enter')
  await page.getByText('Land', {exact: true}).first().waitFor()
  t.is(await dialog.getByLabel('Goal').inputValue(), 'Land on the moon')
  await page.unroute(`**/sprints/${board.sprint.id}`)
  await dialog.getByRole('button', {name: 'Save changes'}).click()
  await dialog.waitFor({state: 'detached'})
  t.is((await board.ada.get(`/sprints/${board.sprint.id}`)).body.goal, 'Land on the moon')
})
