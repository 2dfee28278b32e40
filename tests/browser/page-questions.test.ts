// Tests that a question is shown and answered wherever it is mentioned.
import {untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

/** Runs in the page. The page then believes that it is hidden, and `desktop` contains what it shows on the desktop. */
const recordDesktopNotifications = `
  window.desktop = []
  Object.defineProperty(document, 'hidden', {get: () => true})
  window.Notification = class {
    static permission = 'granted'
    static requestPermission = async () => 'granted'
    constructor(title, {body}) {
      desktop.push(title + ': ' + body)
    }
  }
`

test.serial(
  'a question about a task is asked, notified, answered and read in the panel of the task',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob')]
    await bob.page.getByRole('button', {name: 'Notifications', exact: true}).click()
    await bob.page.evaluate(recordDesktopNotifications)
    await bob.page.getByLabel('Desktop notifications').check()
    await bob.page.keyboard.press('Escape')
    await ada.card('Fill the tank').press('Enter')
    const panel = ada.page.getByRole('dialog', {name: 'Fill the tank'})
    await panel.getByText('No questions yet.').waitFor()
    await panel.getByRole('button', {name: 'Ask a question'}).click()
    await ada.page.getByLabel('Question', {exact: true}).fill('With which fuel?')
    await ada.page.getByLabel('Assignee').selectOption('Bob')
    await ada.page.getByRole('button', {name: 'Ask question'}).click()
    // The panel confirms that the question was asked: it shows the question and moves the focus there.
    const questions = panel.getByRole('region', {name: 'Questions'})
    await questions.getByText('With which fuel?').waitFor()
    await questions.getByText('You asked Bob').waitFor()
    await untilInPage(ada.page, `document.activeElement.textContent.includes('With which fuel?')`)

    // Bob looks at another window: the desktop and the title of his page tell him.
    await untilInPage(bob.page, `desktop.join() === 'Ada asked you a question: With which fuel?'`)
    await untilInPage(bob.page, `document.title.startsWith('(1) ')`)
    await bob.page.getByRole('button', {name: 'Notifications, 1 unread'}).click()
    await bob.page.getByRole('button', {name: /Ada asked you a question/}).click()
    const target = bob.page.locator('.question[data-target]', {hasText: 'With which fuel?'})
    await target.waitFor()
    await untilInPage(bob.page, `document.activeElement.matches('.question')`)
    await target.getByRole('button', {name: 'Answer', exact: true}).click()
    await bob.page.getByLabel('Your answer').fill('Kerosene.')
    await bob.page.getByRole('button', {name: 'Send answer'}).click()
    await questions.getByText('1 answered question').waitFor()
    await untilInPage(bob.page, `document.activeElement.textContent.includes('Kerosene.')`)

    await ada.page.keyboard.press('Escape')
    await ada.page.getByRole('button', {name: 'Notifications', exact: true}).click()
    await ada.page.getByRole('button', {name: /Bob answered your question/}).click()
    // The notification opens the folded list of answered questions.
    await ada.page.locator('.question[data-target]').getByText('Kerosene.').waitFor()
    t.true(await ada.page.locator('.question[data-target]').getByText('Kerosene.').isVisible())
  },
)

test.serial('a member asks the owner for a task, and the owner releases it with one click', async t => {
  t.timeout(60_000)
  const board = await createBoard(server)
  await board.bob.put(`/tasks/${board.tasks['Fill the tank']}/ownership`)
  const [ada, bob] = [await board.open(t, 'ada'), await board.open(t, 'bob', '/')]
  await ada.card('Fill the tank').press('m')
  await ada.page.getByRole('menuitem', {name: 'Ask for release…'}).click()
  await ada.page.getByRole('button', {name: 'Ask for release'}).click()
  const panel = ada.page.getByRole('dialog', {name: 'Fill the tank'})
  await panel.getByText('You asked Bob to release the task').waitFor()
  t.is(await panel.getByRole('button', {name: 'Release', exact: true}).count(), 0)
  await panel.getByText('Release requested').waitFor()
  t.is(await panel.getByRole('button', {name: 'Ask for release'}).count(), 0)
  const requested = ada.page.getByRole('menuitem', {name: 'Release requested', disabled: true})
  for (const openMenu of [
    () => panel.getByRole('button', {name: 'More actions'}).click(),
    () => ada.card('Fill the tank').press('m'),
  ]) {
    await openMenu()
    await requested.waitFor()
    await ada.page.keyboard.press('Escape')
  }

  const request = bob.page.getByRole('region', {name: 'Waiting for you'}).locator('.question')
  await request.getByText('May I take over this task?').waitFor()
  await request.getByRole('button', {name: 'Keep'}).waitFor()
  await request.getByRole('button', {name: 'Release'}).click()
  await ada.card('Fill the tank').and(ada.page.locator('[data-mine]')).waitFor()
  await panel.getByText('The task was released.').waitFor()
  t.like((await board.ada.get(`/tasks/${board.tasks['Fill the tank']}`)).body, {status: 'owned'})

  // The owner gives the task back, by typing the name of the member.
  await panel.getByRole('button', {name: 'Owner: Ada'}).click()
  await ada.page.getByLabel('Type to find a member').fill('bo')
  await ada.page.keyboard.press('Enter')
  await ada.card('Fill the tank').getByText('Bob').waitFor()
  await panel.getByRole('button', {name: 'Ask for release'}).waitFor()
})

test.serial('a viewer reads the questions of a task, and can neither ask nor answer', async t => {
  const board = await createBoard(server)
  const id = board.tasks['Fill the tank']
  const path = `/projects/${board.project.id}/escalations`
  await board.ada.post(path, {question: 'With which fuel?', task_id: id})
  await board.ada.post(path, {question: 'Another task?', task_id: board.tasks['Count to zero']})
  const {page} = await board.open(t, 'vic', `${board.path}#${id}`)
  const questions = page.getByRole('region', {name: 'Questions'})
  await questions.getByText('With which fuel?').waitFor()
  t.is(await questions.getByText('Another task?').count(), 0)
  t.is(await questions.getByRole('button').count(), 0)
})

test.serial('the notification of a question without a task opens the question on the dashboard', async t => {
  const board = await createBoard(server)
  const path = `/projects/${board.project.id}/escalations`
  for (let i = 1; i <= 12; i++) await board.ada.post(path, {question: `Question ${i}?\n\nWith reasons.`})
  const {user_id} = await board.bob.caller()
  await board.ada.post(path, {question: 'May we launch?', assignee_user_id: user_id})
  const {page} = await board.open(t, 'bob')
  await page.getByRole('button', {name: 'Notifications, 1 unread'}).click()
  await page.getByRole('button', {name: /Ada asked you a question/}).click()
  const target = page.locator('.question[data-target]', {hasText: 'May we launch?'})
  await target.waitFor()
  t.is(new URL(page.url()).pathname, `/projects/${board.project.id}`)
  const isInView = `(() => { const {top, bottom} = document.querySelector('.question[data-target]').getBoundingClientRect()
    return top >= 0 && bottom <= innerHeight })()`
  await untilInPage(page, isInView)
  await target.getByRole('button', {name: 'Answer', exact: true}).click()
  await page.getByLabel('Your answer').fill('Yes.')
  await page.getByRole('button', {name: 'Send answer'}).click()
  await page.getByText('1 answered question').waitFor()
  t.pass()
})
