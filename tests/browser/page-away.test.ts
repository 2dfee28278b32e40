// Tests how the page handles failed requests, resets, moved cards, and edits by other members.
import {isLive, openWindow, untilInPage} from '../helpers/board-window.ts'
import {test} from '../helpers/browser.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer()

const ada = (org: string) => ({sub: 'ada', org, role: 'member' as const, name: 'Ada'})

test.serial('a failed request for data is repeated automatically', async t => {
  await server.team('failing')
  let failures = 0
  const {page} = await openWindow(t, server, ada('failing'), '/', async page => {
    await page.route('**/api/v1/notifications?*', async route => {
      if (failures++ === 0) await route.abort()
      else await route.continue()
    })
  })
  await page.getByRole('button', {name: 'Notifications'}).click()
  await page.getByText('No notifications yet.').waitFor()
  t.is(failures, 2)
})

test.serial('after a reset, an open task shows the comments that were written during the outage', async t => {
  t.timeout(120_000)
  const {bob, sprint, task} = await server.team('reset')
  const {page, context, notes} = await openWindow(t, server, ada('reset'), `/sprints/${sprint.id}#${task.id}`)
  await page.getByText('No comments yet.').waitFor()
  await context.setOffline(true)
  await page.locator('.connection[data-status=offline]').waitFor()
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Where were you?'})
  // Replaces the cursor in the request of the board's stream with a cursor of an unknown epoch, as if the database had been
  // restored from a backup. The other stream of the page is not reset.
  await page.route(/\/api\/v1\/events/, route => {
    const url = new URL(route.request().url())
    if (url.searchParams.has('sprint_id')) url.searchParams.set('lastEventId', 'aaaaaaaaaaaaa-1')
    return route.continue({url: url.href})
  })
  await context.setOffline(false)
  await isLive(page)
  await page.getByText('Where were you?').waitFor()
  t.true((await notes()).some(text => text.startsWith('Board reloaded')))
})

test.serial(
  'when the panel of a task closes, the task’s card gets the focus back even when the card has moved',
  async t => {
    const {sprint, task} = await server.team('moved')
    const {page, card, sees} = await openWindow(t, server, ada('moved'), `/sprints/${sprint.id}`)
    await card(task.title).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', {name: 'Take', exact: true}).press('Enter')
    await sees(task.title, 'Owned')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({state: 'detached'})
    await untilInPage(
      page,
      `document.activeElement.closest('[data-task]')?.matches('[data-task="${task.id}"]')`,
    )
    t.pass()
  },
)

test.serial('an open menu keeps the focus when the focused item disappears', async t => {
  const {bob, sprint, task} = await server.team('hurried')
  const {page, card, sees} = await openWindow(t, server, ada('hurried'), `/sprints/${sprint.id}`)
  await card(task.title).focus()
  await page.keyboard.press('m')
  await untilInPage(page, `document.activeElement.innerText === 'Owned'`) // the code of the menu loads late
  await bob.put(`/tasks/${task.id}/ownership`)
  await sees(task.title, 'Owned')
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({state: 'detached'})
  await untilInPage(page, `document.activeElement.closest('[data-task="${task.id}"]')`)
  t.pass()
})

test.serial(
  'when another member takes a task first, a warning replaces the usual note; later changes show notes again',
  async t => {
    const {bob, sprint, task} = await server.team('again')
    const {page, card, sees, notes, hasNoted} = await openWindow(
      t,
      server,
      ada('again'),
      `/sprints/${sprint.id}`,
    )
    await page.route(`**/tasks/${task.id}/ownership`, async route => {
      await bob.put(`/tasks/${task.id}/ownership`)
      await route.continue()
    })
    await card(task.title).getByRole('button', {name: 'Take'}).click()
    await page.getByRole('alert').getByText('Bob took this task first').waitFor()
    await sees(task.title, 'Owned')
    await bob.delete(`/tasks/${task.id}/ownership`)
    // The warning about the lost task has replaced the note about the first change, so the next note reports only the
    // release.
    await hasNoted('log: Bob released a task')
    t.is((await notes()).at(-1), `Bob released a task: ${task.title}`)
    await page.evaluate('noted.length = 0')
    await bob.put(`/tasks/${task.id}/ownership`)
    await hasNoted('log: Bob took a task')
  },
)

test.serial(
  'a draft comment of one task is not shown for another task, and the page shows the new name of a renamed project',
  async t => {
    const {ada: caller, project, sprint, story, task} = await server.team('drafts')
    await caller.post(`/stories/${story.id}/tasks`, {title: 'Another'})
    const {page, card} = await openWindow(t, server, ada('drafts'), `/sprints/${sprint.id}`)
    await card(task.title).getByRole('button', {name: task.title, exact: true}).click()
    await page.getByLabel('Comment', {exact: true}).fill('Only for this one')
    await card('Another').getByRole('button', {name: 'Another', exact: true}).click()
    await page.getByRole('dialog', {name: 'Another'}).waitFor()
    t.is(await page.getByLabel('Comment', {exact: true}).inputValue(), '')
    await caller.patch(`/projects/${project.id}`, {name: 'Under another name'})
    await page.getByRole('link', {name: 'Under another name'}).waitFor()
  },
)

test.serial(
  'editing one field of a task does not overwrite the fields that another member edits at the same time',
  async t => {
    const {ada: caller, bob, sprint, task} = await server.team('edits')
    const {page, card} = await openWindow(t, server, ada('edits'), `/sprints/${sprint.id}`)
    await card(task.title).getByRole('button', {name: 'Move or edit'}).click({force: true})
    await page.getByRole('menuitem', {name: 'Edit'}).click()
    await bob.patch(`/tasks/${task.id}`, {description: 'To the brim', estimated_hours: 3})
    await page.getByLabel('Title').fill('Fill both tanks')
    await page.getByRole('button', {name: 'Save changes'}).click()
    await card('Fill both tanks').waitFor()
    const {body} = await caller.get(`/tasks/${task.id}`)
    t.like(body, {title: 'Fill both tanks', description: 'To the brim', estimated_hours: 3})

    await page.getByRole('button', {name: 'Edit sprint'}).click()
    await page.getByRole('button', {name: 'Save changes'}).click()
    await page.getByRole('dialog').waitFor({state: 'detached'})
  },
)
