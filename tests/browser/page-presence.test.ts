// Tests that the page shows who else has the board open, in a real browser.
import {test} from '../helpers/browser.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startPageServer} from '../helpers/page-server.ts'

const server = await startPageServer({
  live: {heartbeatSeconds: 1, limits: {presenceGraceMs: 300, presenceIntervalMs: 50}},
})

test.serial('members see each other, and which tasks the others have open', async t => {
  t.timeout(120_000)
  const board = await createBoard(server)
  // A header with all its parts.
  const sprint = `/sprints/${board.sprint.id}`
  await board.ada.patch(sprint, {
    starts_on: '2026-03-02',
    ends_on: '2026-03-16',
    goal: 'Reach orbit and return',
  })
  await board.ada.put(`${sprint}/status`, {status: 'active'})
  await board.ada.patch(`/tasks/${board.tasks['Fill the tank']}`, {estimated_hours: 5})
  const ada = await board.open(t, 'ada')
  t.is(await ada.page.locator('.faces').count(), 0, 'Ada is alone')
  const heights = async () => {
    const measured: number[] = []
    for (const width of [1440, 1100, 1024, 390]) {
      await ada.page.setViewportSize({width, height: 800})
      measured.push((await ada.page.locator('.sprint').boundingBox())!.height)
    }
    await ada.page.setViewportSize({width: 1440, height: 800})
    return measured
  }
  const heightsAlone = await heights()
  const bob = await board.open(t, 'bob')
  const faces = ada.page.getByRole('list', {name: 'Also on this board'})
  await faces.getByText('Bob', {exact: true}).waitFor()
  await bob.page.getByRole('list', {name: 'Also on this board'}).getByText('Ada', {exact: true}).waitFor()
  t.is(await faces.getByRole('listitem').count(), 1)
  t.deepEqual(await heights(), heightsAlone, 'the header does not grow')

  const heightOfCard = async () => (await ada.card('Fill the tank').boundingBox())!.height
  const heightUnseen = await heightOfCard()
  await bob.card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
  await ada.card('Fill the tank').locator('.viewers').waitFor()
  t.is(await heightOfCard(), heightUnseen, 'the card does not grow')
  t.is(await ada.card('Fill the tank').locator('.viewers').getAttribute('title'), 'Bob has this task open')
  t.regex((await ada.card('Fill the tank').getAttribute('aria-label'))!, /open by Bob$/)
  await faces.getByText('Bob, looking at Fill the tank').waitFor()
  t.is(await bob.page.locator('.viewers').count(), 0, 'the page does not show the viewer')

  await ada.card('Fill the tank').getByRole('button', {name: 'Fill the tank', exact: true}).click()
  await ada.page.getByText('Bob also has this task open').waitFor()
  await bob.page.keyboard.press('Escape')
  await ada.page.getByText('Bob also has this task open').waitFor({state: 'detached'})
  await ada.card('Fill the tank').locator('.viewers').waitFor({state: 'detached'})

  await bob.page.close()
  await ada.page.locator('.faces').waitFor({state: 'detached'})
})

test.serial(
  'three tabs of a member are one face, also when the tabs share a connection and show different boards',
  async t => {
    t.timeout(120_000)
    const board = await createBoard(server)
    const ada = await board.open(t, 'ada')
    const bob = await board.open(t, 'bob')
    const {body: other} = await board.ada.post(`/projects/${board.project.id}/sprints`, {name: 'Other'})
    const second = await bob.context.newPage()
    await second.goto(`${server.url}/sprints/${board.sprint.id}`)
    const third = await bob.context.newPage()
    await third.goto(`${server.url}/sprints/${other.id}`)
    const elsewhere = await ada.context.newPage()
    await elsewhere.goto(`${server.url}/sprints/${other.id}`)
    for (const page of [ada.page, elsewhere]) {
      const faces = page.getByRole('list', {name: 'Also on this board'})
      await faces.getByText('Bob', {exact: true}).waitFor()
      t.is(await faces.getByRole('listitem').count(), 1)
    }
    for (const page of [bob.page, second, third])
      await page.getByRole('list', {name: 'Also on this board'}).getByText('Ada', {exact: true}).waitFor()
  },
)
