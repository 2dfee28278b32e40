import {get} from 'node:http'
import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import {projectExportSchema} from '../../src/board/project-export.ts'
import {parseCsv} from '../../src/imports/csv-table.ts'
import {forOrganization, hasOneConnection} from '../../src/store/connection.ts'
import {openExport} from '../../src/store/export-project.ts'
import {migrate} from '../../src/store/migrate.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const server = await startServer()
test.after.always(() => server.close())

test('the export contains the project with its sprints, stories, tasks, comments, labels and members', async t => {
  const {ada, bob, vic, project, sprint, story, task} = await server.team(t.title)
  const {body: label} = await ada.post(`/projects/${project.id}/labels`, {name: 'Safety'})
  await ada.patch(`/tasks/${task.id}`, {description: 'Slowly', label_ids: [label.id]})
  await ada.post(`/tasks/${task.id}/checklist`, {text: 'Vent'})
  const {body: comment} = await bob.post(`/tasks/${task.id}/comments`, {body: 'Mind the valve'})
  // Another project of the organization is not part of the export.
  const {body: other} = await ada.post('/projects', {name: 'Other'})
  await ada.post(`/projects/${other.id}/stories`, {title: 'Elsewhere'})

  const {status, headers, body} = await vic.get(`/projects/${project.id}/export`)
  t.is(status, 200)
  t.is(headers.get('content-disposition'), `attachment; filename="${project.key}.json"`)
  t.deepEqual(projectExportSchema.parse(body), body)
  const {body: exportedTask} = await ada.get(`/tasks/${task.id}`)
  t.like(body, {
    boardcast_export: 1,
    project,
    labels: [label],
    sprints: [sprint],
    stories: [story],
    tasks: [exportedTask],
    comments: [comment],
  })
  const [{user_id: adaId}, {user_id: bobId}] = [await ada.caller(), await bob.caller()]
  t.deepEqual(body.members.map(({id}: {id: string}) => id).sort(), [adaId, bobId].sort())
})

test('an empty project has an export with empty lists', async t => {
  const {ada} = await server.team(t.title)
  const {body: project} = await ada.post('/projects', {name: 'Empty'})
  const {body} = await ada.get(`/projects/${project.id}/export`)
  t.like(body, {project, members: [], labels: [], sprints: [], stories: [], tasks: [], comments: []})
})

test('the CSV has one row for each task, and no cell that a program would run as a formula', async t => {
  const {ada, project, story} = await server.team(t.title)
  const texts = ['=1+1', '+1', '-1', '@SUM(A1)', 'Comma, "quote"', '-', '＝1', "'=x"]
  for (const title of texts)
    await ada.post(`/stories/${story.id}/tasks`, {title, description: '\t=2\r\nnext'})
  const token = await server.tokenFor({sub: 'vic', org: t.title, role: 'viewer'})
  const response = await fetch(`${server.url}/api/v1/projects/${project.id}/export?format=csv`, {
    headers: {authorization: `Bearer ${token}`},
  })
  t.is(response.headers.get('content-type'), 'text/csv; charset=utf-8')
  const text = await response.text()
  t.true(text.startsWith('id,key,story,sprint,title,description,'))
  const titles = [...text.matchAll(/,Reach orbit,Sprint 1,("(?:[^"]|"")*"|[^,]*),"'\t=2\r\nnext",/g)]
  t.deepEqual(
    titles.map(([, title]) => title),
    ["'=1+1", "'+1", "'-1", "'@SUM(A1)", '"Comma, ""quote"""', "'-", "'＝1", "''=x"],
  )
})

test('the rows of the CSV are in the order of the tasks, with blockers, acceptance criteria and creators', async t => {
  const {ada, vic, bob, project, story, task} = await server.team(t.title)
  const {body: second} = await ada.post(`/stories/${story.id}/tasks`, {
    title: 'Second',
    acceptance_criteria_refs: ['AC-1', 'AC-2'],
  })
  const {body: third} = await bob.post(`/stories/${story.id}/tasks`, {title: 'Third'})
  await ada.put(`/tasks/${second.id}/blockers/${third.id}`)
  await ada.put(`/tasks/${second.id}/blockers/${task.id}`)
  await ada.put(`/tasks/${third.id}/rank`, {before_task_id: task.id})
  const token = await server.tokenFor({sub: 'vic', org: t.title, role: 'viewer'})
  const url = `${server.url}/api/v1/projects/${project.id}/export?format=csv`
  const {rows} = parseCsv(await (await fetch(url, {headers: {authorization: `Bearer ${token}`}})).text())
  t.deepEqual(
    rows.map(row => row.get('id')),
    [third.id, task.id, second.id],
  )
  const last = rows.at(-1)!
  t.deepEqual(last.get('blocked by').split('; ').sort(), [task.key, third.key].sort())
  t.deepEqual([last.get('acceptance criteria'), last.get('created by')], ['AC-1\nAC-2', 'Ada'])
  t.is(rows[0]!.get('created by'), 'Bob')
  const {body} = await vic.get(`/projects/${project.id}/export`)
  t.deepEqual(
    body.tasks.map(({id}: {id: string}) => id),
    [third.id, task.id, second.id],
  )
})

test('a long export has all rows, and rows that are added while it is read are not part of it', async t => {
  const {db, close} = await openNewStore()
  await migrate(db)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {project, task} = await createBoard(db, ada)
  const insert = async (from: number, to: number) => {
    const rows = Array.from({length: to - from}, (_, index) => ({
      organization_id: ada.organization_id,
      ...task,
      id: `0193f6a4-0000-7000-8000-${String(from + index).padStart(12, '0')}`,
      number: from + index + 2,
      key: `${project.key}-${from + index + 2}`,
      checklist: '[]',
      links: '[]',
    }))
    await db.insertInto('tasks').values(rows).execute()
  }
  await insert(0, 250)
  const {pages} = await openExport(db, ada.organization_id, project.id)
  const ids = []
  let isFirst = true
  for await (const {list, rows} of pages) {
    if (isFirst) await insert(250, 300)
    isFirst = false
    if (list === 'tasks') ids.push(...rows.map(({id}) => id))
  }
  t.is(new Set(ids).size, 251)
  t.is(ids.length, 251)
  await close()
})

for (const embedded of [false, true]) {
  const name = embedded ? 'the embedded store' : 'Postgres'

  test(`on ${name}, HEAD and a client that leaves before the export is opened hold no connection`, async t => {
    const server = await startServer({embedded})
    t.teardown(() => server.close())
    const {vic, project, organizationId} = await server.team('acme')
    const {db, store} = server
    const url = `${server.url}/api/v1/projects/${project.id}/export`
    const token = await server.tokenFor({sub: 'vic', org: 'acme', role: 'viewer'})
    const headers = {authorization: `Bearer ${token}`}
    t.is((await fetch(url, {method: 'HEAD', headers})).status, 200)
    await until(() => store.poolUse().busy === 0)

    const own = forOrganization(db, organizationId)
    const isSingle = store.poolUse().size === 1
    t.is(hasOneConnection(own), isSingle)
    const all = isSingle ? 1 : 3 // the connections that one organization can use
    const taken = await Promise.all(Array.from({length: all}, () => own.startTransaction().execute()))
    const open = await server.connections()
    const leaving = get(url, {headers, agent: false}).on('error', () => {})
    await until(() => store.poolUse().waiting === 1)
    leaving.destroy()
    await until(async () => (await server.connections()) <= open)
    await Promise.all(taken.map(trx => trx.rollback().execute()))
    await until(() => store.poolUse().busy === 0)
    t.is((await vic.get(`/projects/${project.id}/export`)).status, 200)
  })
}

test('when the reader of an export pauses for too long, the snapshot ends, and the export fails', async t => {
  const {db, poolUse, close} = await openNewStore()
  await migrate(db)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {project} = await createBoard(db, ada)
  const {pages} = await openExport(db, ada.organization_id, project.id, {pauseMs: 1})
  await pages.next()
  while (poolUse().busy > 0) await new Promise(resolve => setTimeout(resolve, 1))
  await t.throwsAsync(async () => pages.next(), {code: 'overloaded'})
  await close()
})

test('when the reader of an export needs too long in total, the snapshot ends, and the export fails', async t => {
  const {db, poolUse, close} = await openNewStore()
  await migrate(db)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {project} = await createBoard(db, ada)
  const open = (totalMs: number) => openExport(db, ada.organization_id, project.id, {totalMs})
  const {pages} = await open(1)
  await t.throwsAsync(
    async () => {
      for await (const _ of pages) await delay(5)
    },
    {code: 'overloaded'},
  )
  t.is(poolUse().busy, 0)
  await open(1) // nobody reads
  await until(() => poolUse().busy === 0)
  const {pages: all} = await open(60_000)
  const lists = []
  for await (const {list} of all) lists.push(list)
  t.deepEqual(lists, ['members', 'sprints', 'stories', 'tasks'])
  await close()
})
