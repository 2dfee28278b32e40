// What the page does where something went wrong or away meanwhile: a failed answer, a lost place, a card that moved.
import {isLive, openWindow} from '../helpers/board-window.ts'
import {closeBrowser, test} from '../helpers/browser.ts'
import {buildPage} from '../helpers/page.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer({page: await buildPage(), live: {heartbeatSeconds: 1}})
})
test.after.always(async () => {
  await closeBrowser()
  await server?.close()
})

const ada = (org: string) => ({sub: 'ada', org, role: 'member' as const, name: 'Ada'})

test.serial('what could not be read is read again by itself', async t => {
  await server.team('failing')
  let failures = 0
  const {page} = await openWindow(t, server, ada('failing'), '/', async page => {
    await page.route('**/api/v1/notifications?*', async route => {
      if (failures++ === 0) await route.abort()
      else await route.continue()
    })
  })
  await page.getByRole('button', {name: 'Notifications'}).click()
  await page.getByText('Nothing waits for you.').waitFor()
  t.is(failures, 2)
})

test.serial('after a reset the open task has the comments that nobody told of', async t => {
  t.timeout(120_000)
  const {bob, sprint, task} = await server.team('reset')
  const {page, context, said} = await openWindow(t, server, ada('reset'), `/sprints/${sprint.id}#${task.id}`)
  await page.getByText('Nobody has said anything yet.').waitFor()
  await context.setOffline(true)
  await page.locator('.connection[data-status=offline]').waitFor()
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Where were you?'})
  // As if a backup had been restored: this place is in no history that the server knows.
  await page.route(/\/api\/v1\/events/, route => {
    const url = new URL(route.request().url())
    url.searchParams.set('lastEventId', 'aaaaaaaaaaaaa-1')
    return route.continue({url: url.href})
  })
  await context.setOffline(false)
  await isLive(page)
  await page.getByText('Where were you?').waitFor()
  t.true((await said()).some(text => text.startsWith('The board was read anew')))
})

test.serial('a card that moved while its task was open gets the focus back', async t => {
  const {sprint, task} = await server.team('moved')
  const {page, card, sees} = await openWindow(t, server, ada('moved'), `/sprints/${sprint.id}`)
  await card(task.title).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('button', {name: 'Take', exact: true}).press('Enter')
  await sees(task.title, 'Owned')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({state: 'detached'})
  await page.waitForFunction(
    id => document.activeElement?.closest('[data-task]')?.matches(`[data-task="${id}"]`),
    task.id,
  )
  t.pass()
})

test.serial('a menu whose chosen item goes away keeps the keyboard', async t => {
  const {bob, sprint, task} = await server.team('hurried')
  const {page, card, sees} = await openWindow(t, server, ada('hurried'), `/sprints/${sprint.id}`)
  await card(task.title).focus()
  await page.keyboard.press('m')
  t.is(await page.evaluate('document.activeElement.innerText'), 'Owned')
  await bob.put(`/tasks/${task.id}/ownership`)
  await sees(task.title, 'Owned')
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({state: 'detached'})
  await page.waitForFunction(id => document.activeElement?.closest(`[data-task="${id}"]`), task.id)
  t.pass()
})

test.serial('who loses a race for a task is told once, and then of what comes after', async t => {
  const {bob, sprint, task} = await server.team('again')
  const {page, card, sees} = await openWindow(t, server, ada('again'), `/sprints/${sprint.id}`)
  await page.route(`**/tasks/${task.id}/ownership`, async route => {
    await bob.put(`/tasks/${task.id}/ownership`)
    await route.continue()
  })
  await card(task.title).getByRole('button', {name: 'Take'}).click()
  await page.getByRole('alert').getByText('Bob was faster').waitFor()
  await sees(task.title, 'Owned')
  await bob.delete(`/tasks/${task.id}/ownership`)
  await page.getByRole('status').getByText('Task released').waitFor()
  await page.getByRole('status').getByText('Task released').waitFor({state: 'detached'})
  await bob.put(`/tasks/${task.id}/ownership`)
  await page.getByRole('status').getByText('Task claimed').waitFor()
  t.pass()
})

test.serial('what is written of a task is not said of another, and a project is called as it is', async t => {
  const {ada: caller, project, sprint, story, task} = await server.team('drafts')
  await caller.post(`/stories/${story.id}/tasks`, {title: 'Another'})
  const {page, card} = await openWindow(t, server, ada('drafts'), `/sprints/${sprint.id}`)
  await card(task.title).getByRole('button', {name: task.title, exact: true}).click()
  await page.getByLabel('Write a comment').fill('Only for this one')
  await card('Another').getByRole('button', {name: 'Another', exact: true}).click()
  await page.getByRole('dialog', {name: 'Another'}).waitFor()
  t.is(await page.getByLabel('Write a comment').inputValue(), '')
  await caller.patch(`/projects/${project.id}`, {name: 'Under another name'})
  await page.getByRole('link', {name: 'Under another name'}).waitFor()
})

test.serial('who edits one field undoes nothing that another has edited meanwhile', async t => {
  const {ada: caller, bob, sprint, task} = await server.team('edits')
  const {page, card} = await openWindow(t, server, ada('edits'), `/sprints/${sprint.id}`)
  await card(task.title).getByRole('button', {name: 'Move or edit'}).click({force: true})
  await page.getByRole('menuitem', {name: 'Edit'}).click()
  await bob.patch(`/tasks/${task.id}`, {description: 'To the brim', estimated_hours: 3})
  await page.getByLabel('Title').fill('Fill both tanks')
  await page.getByRole('button', {name: 'Save'}).click()
  await card('Fill both tanks').waitFor()
  const {body} = await caller.get(`/tasks/${task.id}`)
  t.like(body, {title: 'Fill both tanks', description: 'To the brim', estimated_hours: 3})

  await page.getByRole('button', {name: 'Edit sprint'}).click()
  await page.getByRole('button', {name: 'Save'}).click()
  await page.getByRole('dialog').waitFor({state: 'detached'})
})
