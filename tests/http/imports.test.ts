import {readFile} from 'node:fs/promises'
import test, {type ExecutionContext} from 'ava'
import {sql} from 'kysely'
import type {Caller} from '../../src/board/member.ts'
import {Problem} from '../../src/board/problem.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {keepBoard} from '../../src/client/client.ts'
import {type CommitBatch, importFile} from '../../src/imports/import-file.ts'
import {openFile} from '../../src/imports/open-file.ts'
import {readTextBytes} from '../../src/store/quotas.ts'
import {readEvents} from '../helpers/organization.ts'
import {requireSameBoard} from '../helpers/same-board.ts'
import {readAnswer, startServer, type Team} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const server = await startServer()
test.after.always(() => server.close())

const samples = ['trello.json', 'jira.csv', 'github.json', 'tasks.csv'] as const
const sample = (name: (typeof samples)[number]) =>
  readFile(new URL(`../imports/samples/${name}`, import.meta.url), 'utf8')

for (const name of samples) {
  test(`importing ${name} again changes nothing, and a preview reports what the import does`, async t => {
    const team = await server.team(t.title)
    const file = await sample(name)
    const empty = await server.stateOf(team.organizationId)
    const preview = (await send(t, team, file, '?preview=true')).body
    t.deepEqual(await server.stateOf(team.organizationId), empty)
    const first = (await send(t, team, file)).body
    t.deepEqual(first, {...preview, preview: false})
    t.true(first.created.tasks > 0)
    t.deepEqual([first.updated.tasks, first.unchanged.tasks], [0, 0])

    const before = await server.stateOf(team.organizationId)
    const second = (await send(t, team, file)).body
    t.deepEqual(await server.stateOf(team.organizationId), before)
    t.like(second, {created: second.updated, unchanged: first.created})
    t.is(second.created.tasks, 0)
    await requireTextBytes(t, team)
  })
}

test('an imported task has its number, labels, owner, checklist and comments', async t => {
  const team = await server.team(t.title)
  await send(t, team, await sample('trello.json'), `?sprint_id=${team.sprint.id}`)
  const {body: board} = await team.ada.get(`/sprints/${team.sprint.id}/board`)
  const tasks = board.stories.flatMap(({tasks}: {tasks: unknown[]}) => tasks)
  const first = tasks.find(({title}: {title: string}) => title === 'First card')
  const {user_id: adaId} = await team.ada.caller()
  t.like(first, {
    status: 'owned',
    owner_user_id: adaId,
    key: `${team.project.key}-2`,
    due_on: '2026-12-10',
    checklist_count: 2,
    checklist_done_count: 1,
    comment_count: 2,
  })
  const {body: comments} = await team.ada.get(`/tasks/${first.id}/comments`)
  t.deepEqual(
    comments.items.map(({body, author_user_id, created_at}: Record<string, string>) => [
      body,
      author_user_id,
      created_at,
    ]),
    [
      ['From Ada', adaId, '2026-01-01T10:00:00.000Z'],
      ['Nobody, 2026-01-02:\n\nFrom nobody', adaId, '2026-01-02T10:00:00.000Z'],
    ],
  )
  t.like(
    tasks.find(({title}: {title: string}) => title === 'In progress of nobody'),
    {status: 'available'},
  )
  t.like(
    tasks.find(({title}: {title: string}) => title === 'Finished'),
    {status: 'completed'},
  )
  // The next task gets the next number.
  const {body: next} = await team.ada.post(`/stories/${team.story.id}/tasks`, {title: 'Next'})
  t.is(next.number, 8)
  const types = (await readEvents(server.db, team.organizationId)).map(({type}) => type)
  t.is(types.filter(type => type === 'task.created').length, 2)
  t.true(types.includes('board.imported'))
})

test('a newer file updates only what it changes, and never what members have changed or deleted', async t => {
  const team = await server.team(t.title)
  const csv = (rows: string[]) => `id,title,description,priority,status\n${rows.join('\n')}`
  await send(
    t,
    team,
    csv(['1,One,old,low,todo', '2,Two,old,low,todo', '3,Three,old,low,todo', '4,Four,old,low,todo']),
  )
  const {ada, project} = team
  const stories = (await ada.get(`/projects/${project.id}/stories`)).body.items
  const list = async () => (await ada.get(`/stories/${stories.at(-1).id}/tasks`)).body.items
  const [one, two, three] = await list()
  await ada.patch(`/tasks/${one.id}`, {description: 'by Ada', title: 'One by Ada'})
  await ada.put(`/tasks/${two.id}/ownership`)
  await ada.delete(`/tasks/${three.id}`)
  const blocked = (await ada.post(`/stories/${team.story.id}/tasks`, {title: 'Blocked'})).body
  const four = (await list()).at(-1)
  await ada.put(`/tasks/${blocked.id}/blockers/${four.id}`)

  const newer = csv([
    '1,One,new,high,todo',
    '2,Two,new,low,done',
    '3,Three,new,low,todo',
    '4,Four,old,low,done',
    '5,Five,,,',
  ])
  const {body: report} = await send(t, team, newer)
  t.like(report.created, {tasks: 1, stories: 0})
  t.like(report.updated, {tasks: 3})
  t.is(report.not_kept.find(({reason}: {reason: string}) => reason === 'changed-by-members').count, 3)
  const after = await list()
  t.like(after[0], {title: 'One by Ada', description: 'by Ada', priority: 'high'})
  t.like(after[1], {description: 'new', status: 'owned'})
  t.like(after[2], {title: 'Four', status: 'completed'})
  t.like(after[3], {title: 'Five'})
  t.like((await ada.get(`/tasks/${blocked.id}`)).body, {open_blocker_count: 0})
  t.like((await send(t, team, newer)).body, {updated: {tasks: 0}, created: {tasks: 0}})
  await requireTextBytes(t, team)
})

test('an import forges no comment of another member, and only an owner or admin changes the status of a task that is held', async t => {
  const team = await server.team(t.title)
  const {ada, bob, root, project} = team
  const {user_id: adaId} = await ada.caller()
  const fileOf = (status: string) =>
    JSON.stringify({
      boardcast_export: 1,
      members: [{id: 'b', name: 'Bob'}],
      stories: [{id: 's', title: 'Launch'}],
      tasks: [{id: '1', story_id: 's', title: 'Fuel', status, owner_user_id: 'b'}],
      comments: [
        {id: 'c', task_id: '1', author_user_id: 'b', body: 'Yes', created_at: '2026-01-01T00:00:00.000Z'},
      ],
    })
  await send(t, team, fileOf('in_progress'))
  const story = (await ada.get(`/projects/${project.id}/stories`)).body.items.at(-1)
  const taskNow = async () => (await ada.get(`/stories/${story.id}/tasks`)).body.items[0]
  const task = await taskNow()
  t.like(task, {status: 'in_progress', owner_user_id: (await bob.caller()).user_id})
  const [comment] = (await ada.get(`/tasks/${task.id}/comments`)).body.items
  t.like(comment, {author_user_id: adaId, body: 'Bob, 2026-01-01:\n\nYes'})

  const {body: report} = await send(t, team, fileOf('completed'))
  t.deepEqual(
    report.not_kept.map(({reason}: {reason: string}) => reason),
    ['held-by-others'],
  )
  t.like(await taskNow(), {status: 'in_progress'})
  await root.post(`/projects/${project.id}/imports`, JSON.parse(fileOf('failed')))
  t.like(await taskNow(), {status: 'failed'})
})

test('when the same file is imported twice at the same time, every task is created once', async t => {
  const team = await server.team(t.title)
  const request = await requestOf(team)
  const bytes = Buffer.from(csvOf(150))
  const run = () => importBytes(bytes, request, commitAs(request.caller))
  const reports = await Promise.all([run(), run()])
  t.is(reports[0]!.created.tasks + reports[1]!.created.tasks, 150)
  t.is(reports[0]!.unchanged.tasks + reports[1]!.unchanged.tasks, 150)
  t.deepEqual(
    await numbersOf(team),
    Array.from({length: 151}, (_, index) => index + 1),
  )
})

test('an import that fails in the middle is completed by a repetition', async t => {
  const team = await server.team(t.title)
  const request = await requestOf(team)
  let batches = 0
  const failing: CommitBatch = async change => {
    if (++batches === 4) throw new Error('the process is killed')
    return commitAs(request.caller)(change)
  }
  const bytes = Buffer.from(csvOf(150))
  await t.throwsAsync(importBytes(bytes, request, failing), {message: 'the process is killed'})
  const report = await importBytes(bytes, request, commitAs(request.caller))
  t.like(report, {created: {tasks: 50, stories: 0}, unchanged: {tasks: 100}})
  t.is((await numbersOf(team)).length, 151)
  await requireTextBytes(t, team)
})

test('when the importer loses the right in the middle, the import stops, and what was imported stays', async t => {
  const team = await server.team(t.title)
  const request = await requestOf(team)
  const setRole = async (role: 'viewer' | 'member') => {
    t.is((await team.root.patch(`/members/${request.caller.user_id}`, {role})).status, 200)
  }
  let batches = 0
  const demoting: CommitBatch = async change => {
    if (++batches === 4) await setRole('viewer')
    return commitAs(request.caller)(change)
  }
  const bytes = Buffer.from(csvOf(150))
  const problem = await t.throwsAsync<Problem>(importBytes(bytes, request, demoting), {
    code: 'role-insufficient',
    message: /Your role is viewer\..*Import the same file again to continue\./,
  })
  t.like(problem!.data, {created: {stories: 1, tasks: 100}})
  t.is(batches, 4)
  await setRole('member')
  t.like(await importBytes(bytes, request, commitAs(request.caller)), {created: {tasks: 50}})
})

test('a batch that fails while the database is busy is tried again, also when only the response of its commit was lost', async t => {
  const team = await server.team(t.title)
  const request = {...(await requestOf(team)), retryDelayMs: 0}
  let calls = 0
  const busy = () => new Problem('store-busy', 'Try again.')
  const failing: CommitBatch = async change => {
    calls++
    if (calls === 2) throw busy()
    const committed = await commitAs(request.caller)(change)
    if (calls === 4) throw busy()
    return committed
  }
  t.like(await importBytes(Buffer.from(csvOf(120)), request, failing), {created: {stories: 1}})
  t.is((await numbersOf(team)).length, 121)
  const always: CommitBatch = async () => {
    throw busy()
  }
  await t.throwsAsync(importBytes(Buffer.from(csvOf(130)), request, always), {code: 'store-busy'})
})

test('the owner of a task is the member with the name of the file in any case, but no one of several members', async t => {
  const team = await server.team(t.title)
  const join = (sub: string, name: string) => server.as({sub, org: t.title, role: 'member', name}).caller()
  const {user_id: omer} = await join('omer', 'Ömer Öz')
  for (const sub of ['one', 'two']) await join(sub, 'Олег')
  const file = 'title,story,owner\nFuel,Fly,Ömer Öz\nWeld,Fly,ÖMER öz\nFill,Fly,Олег'
  const {body: report} = await send(t, team, file, `?sprint_id=${team.sprint.id}`)
  t.like(report, {created: {tasks: 3}, not_kept: [{reason: 'unknown-members', count: 1}]})
  const owned = server.db.selectFrom('tasks').select('title').where('owner_user_id', '=', omer)
  t.deepEqual(
    (await owned.orderBy('title').execute()).map(({title}) => title),
    ['Fuel', 'Weld'],
  )
})

test('importing an unchanged file again takes no task from its owner, but gives an owner who has joined the task', async t => {
  const team = await server.team(t.title)
  const {ada, root, project} = team
  const join = (sub: string, name: string) => server.as({sub, org: t.title, role: 'member', name}).caller()
  const {user_id: first} = await join('kim', 'Kim')
  const {user_id: leaving} = await join('lee', 'Lee')
  const rows = ['1,Fuel,todo,Kim', '2,Weld,done,Lee', '3,Fill,doing,Max', '4,Load,todo,', '5,Dock,done,Lee']
  const file = `id,title,status,owner\n${rows.join('\n')}`
  await send(t, team, file)
  const tasksNow = () =>
    server.db
      .selectFrom('tasks')
      .select(['title', 'status', 'owner_user_id', 'completed_at', 'version'])
      .where('project_id', '=', project.id)
      .where('title', 'in', ['Fuel', 'Weld', 'Fill', 'Load', 'Dock'])
      .orderBy('number')
      .execute()
  const before = await tasksNow()
  t.deepEqual(
    before.map(({status, owner_user_id}) => [status, owner_user_id]),
    [
      ['owned', first],
      ['completed', leaving],
      ['available', null],
      ['available', null],
      ['completed', leaving],
    ],
  )

  await join('kim2', 'Kim') // the name now belongs to two members
  t.is((await root.delete(`/members/${leaving}`)).status, 204)
  const {user_id: late} = await join('max', 'Max')
  await send(t, team, file, '', 'root')
  const after = await tasksNow()
  t.deepEqual([after[0], after[1], after[3]], [before[0], before[1], before[3]])
  t.like(after[2], {status: 'in_progress', owner_user_id: late})

  // A new status does not take a task from its owner either.
  const {body: started} = await send(t, team, file.replace('Fuel,todo', 'Fuel,doing'), '', 'root')
  t.deepEqual(started.not_kept, [])
  t.like((await tasksNow())[0], {status: 'in_progress', owner_user_id: first})
  // A member who has left gets no open work.
  const reopened = await send(t, team, file.replace('Dock,done', 'Dock,doing'), '', 'root')
  t.like((await tasksNow())[4], {status: 'available', owner_user_id: null})
  t.true(reopened.body.not_kept.some(({reason}: {reason: string}) => reason === 'unknown-members'))

  const newer = file.replace('Weld,done,Lee', 'Weld,done,Ada')
  await send(t, team, newer)
  const [, welded] = await tasksNow()
  t.is(welded!.owner_user_id, (await ada.caller()).user_id)
  t.is(welded!.completed_at, before[1]!.completed_at)
})

test('a status that a right or an open question has kept is imported later', async t => {
  const team = await server.team(t.title)
  const {bob, root, project} = team
  const {user_id: bobId} = await bob.caller()
  const csv = (status: string) => `id,title,status,owner\n1,Fuel,${status},Bob`
  await send(t, team, csv('todo'))
  const statusNow = async () => {
    const tasks = server.db.selectFrom('tasks').select(['id', 'status']).where('title', '=', 'Fuel')
    return tasks.where('project_id', '=', project.id).executeTakeFirstOrThrow()
  }
  // The version before stored no digests of the file.
  await sql`
    update import_sources set digests = digests - 'progress_in_file' - 'owners_in_file'
    where project_id = ${project.id}`.execute(server.db)
  const reasonsOf = ({body}: {body: any}) => body.not_kept.map(({reason}: {reason: string}) => reason)
  t.deepEqual(reasonsOf(await send(t, team, csv('doing'))), ['held-by-others'])

  const {id} = await statusNow()
  const question = {question: 'May I?', task_id: id, assignee_user_id: bobId}
  const {body: asked} = await root.post(`/projects/${project.id}/escalations`, question)
  t.deepEqual(reasonsOf(await send(t, team, csv('doing'), '', 'root')), ['open-questions'])
  t.is((await statusNow()).status, 'owned')
  t.is((await bob.post(`/escalations/${asked.id}/response`, {response: 'Yes'})).status, 200)
  t.deepEqual(reasonsOf(await send(t, team, csv('doing'), '', 'root')), [])
  t.is((await statusNow()).status, 'in_progress')
})

test('two names of a file that mean the same label give a task this label once', async t => {
  const team = await server.team(t.title)
  await send(t, team, 'id,title,labels\n1,Fuel,Bug')
  const [label] = (await team.ada.get(`/projects/${team.project.id}/labels`)).body.items
  await team.ada.patch(`/labels/${label.id}`, {name: 'Defect'})
  await send(t, team, 'id,title,labels\n2,Weld,"Bug,Defect"')
  const {rows} = await sql<{label_ids: string[]}>`
    select label_ids from tasks where project_id = ${team.project.id} and title = 'Weld'`.execute(server.db)
  t.deepEqual(rows, [{label_ids: [label.id]}])
})

test('a preview reports labels that would be linked by their names, as the import does', async t => {
  const team = await server.team(t.title)
  const {ada, project} = team
  await send(t, team, 'id,title,labels,sprint\n1,Fuel,,')
  await ada.post(`/projects/${project.id}/labels`, {name: 'Bug', color: 'red'})
  const {body: old} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Old'})
  for (const status of ['active', 'closed']) await ada.put(`/sprints/${old.id}/status`, {status})
  const newer = 'id,title,labels,sprint\n1,Fuel,Bug,\n2,Weld,,Old'
  const {body: preview} = await send(t, team, newer, '?preview=true')
  t.like(preview, {updated: {tasks: 1}, not_kept: [{reason: 'closed-sprint'}]})
  t.deepEqual((await send(t, team, newer)).body, {...preview, preview: false})
})

test('a file that was imported before needs no room for it', async t => {
  const team = await server.team(t.title)
  const commit = commitAs(await team.ada.caller())
  const request = {...(await requestOf(team)), quotas: {...server.quotas, MAX_TASKS_PER_SPRINT: 100}}
  await importBytes(Buffer.from(csvOf(90)), {...request, sprintId: team.sprint.id}, commit)
  const {body: other} = await team.ada.post(`/projects/${team.project.id}/sprints`, {name: 'Other'})
  const more = Array.from({length: 60}, (_, index) => `more-${index},Task ${index},Dock`)
  const newer = Buffer.from([csvOf(90), ...more].join('\n'))
  t.like(await importBytes(newer, {...request, sprintId: other.id}, commit), {created: {tasks: 60}})

  const quotas = {...server.quotas, MAX_TASKS_PER_SPRINT: 1}
  const own = await server.team(`${t.title} 2`)
  await own.ada.post(`/stories/${own.story.id}/tasks`, {title: 'Second'})
  const exported = Buffer.from(await exportOf(own, 'csv', `${t.title} 2`))
  const ofOwn = {...(await requestOf(own)), sprintId: own.sprint.id, quotas}
  t.like(await importBytes(exported, ofOwn, commitAs(ofOwn.caller)), {unchanged: {tasks: 2}})
})

test('a preview refuses what the quotas of the rows of a parent do not permit', async t => {
  const team = await server.team(t.title)
  const request = {...(await requestOf(team)), isPreview: true}
  const refuse: CommitBatch = async () => {
    throw new Error('A preview commits nothing')
  }
  const fileOf = (column: string) => {
    const rows = Array.from({length: 120}, (_, index) => `${index},Task ${index},new ${column} ${index}`)
    return Buffer.from(`id,title,${column}\n${rows.join('\n')}`)
  }
  for (const [column, setting] of [
    ['story', 'MAX_STORIES_PER_PROJECT'],
    ['labels', 'MAX_LABELS_PER_PROJECT'],
    ['sprint', 'MAX_SPRINTS_PER_PROJECT'],
  ] as const) {
    const limited = (limit: number) => ({...request, quotas: {...server.quotas, [setting]: limit}})
    // The project of the team has a story and a sprint.
    await t.notThrowsAsync(importBytes(fileOf(column), limited(121), refuse), setting)
    await t.throwsAsync(importBytes(fileOf(column), limited(column === 'labels' ? 119 : 120), refuse), {
      code: 'quota-exceeded',
    })
  }

  // The parts of a story are stories too.
  const inParts = (limit: number) => ({
    ...request,
    quotas: {...server.quotas, MAX_TASKS_PER_STORY: 40, MAX_STORIES_PER_PROJECT: limit},
  })
  await t.notThrowsAsync(importBytes(Buffer.from(csvOf(120)), inParts(4), refuse))
  await t.throwsAsync(importBytes(Buffer.from(csvOf(120)), inParts(3), refuse), {code: 'quota-exceeded'})

  // The tasks of one sprint, and the comments of one task, come in several batches.
  const comments = Array.from({length: 120}, (_, index) => ({
    id: `${index}`,
    task_id: '1',
    body: `Comment ${index}`,
  }))
  const exported = {boardcast_export: 1, tasks: [{id: '1', title: 'Fuel'}], comments}
  const ofOneSprint = csvOf(120)
    .replaceAll(/Launch/g, 'Launch,Next')
    .replace('story', 'story,sprint')
  for (const [file, setting] of [
    [ofOneSprint, 'MAX_TASKS_PER_SPRINT'],
    [JSON.stringify(exported), 'MAX_COMMENTS_PER_TASK'],
  ] as const) {
    const limited = (limit: number) => ({...request, quotas: {...server.quotas, [setting]: limit}})
    await t.notThrowsAsync(importBytes(Buffer.from(file), limited(120), refuse), setting)
    await t.throwsAsync(
      importBytes(Buffer.from(file), limited(119), refuse),
      {code: 'quota-exceeded'},
      setting,
    )
  }
})

test('a preview refuses as many bytes of text as the import', async t => {
  const team = await server.team(t.title)
  const request = await requestOf(team)
  const commit = commitAs(request.caller)
  await importBytes(Buffer.from(csvOf(120)), request, commit)
  const readBytes = () => readTextBytes(server.db, team.organizationId)
  const before = await readBytes()
  const newer = Buffer.from(csvOf(180).replace('Task 1,', 'A longer title,'))
  const preview = (limit: number) =>
    importBytes(
      newer,
      {...request, isPreview: true, quotas: {...server.quotas, MAX_BYTES_PER_ORG: limit}},
      commit,
    )
  const added = 60 * 'Task 120'.length + 'A longer title'.length - 'Task 1'.length
  const refused = await t.throwsAsync<Problem>(preview(before + added - 1), {code: 'quota-exceeded'})
  t.deepEqual(refused.data, {setting: 'MAX_BYTES_PER_ORG', limit: before + added - 1, used: before})
  await t.notThrowsAsync(preview(before + added))
  await importBytes(newer, request, commit)
  t.is(await readBytes(), before + added)
})

test('an owner who is removed in the middle of an import owns no further task', async t => {
  const team = await server.team(t.title)
  const request = await requestOf(team)
  const {user_id: bobId} = await team.bob.caller()
  let batches = 0
  const removing: CommitBatch = async change => {
    if (++batches === 3) t.is((await team.root.delete(`/members/${bobId}`)).status, 204)
    return commitAs(request.caller)(change)
  }
  const rows = Array.from({length: 70}, (_, index) => `${index},Task ${index},Launch,Bob`)
  const report = await importBytes(Buffer.from(`id,title,story,owner\n${rows.join('\n')}`), request, removing)
  t.like(report, {created: {tasks: 70}, not_kept: [{reason: 'unknown-members', count: 20}]})
  const owned = server.db.selectFrom('tasks').select('id').where('owner_user_id', '=', bobId)
  t.deepEqual(await owned.execute(), [])
})

test('a newer file does not create a story whose tasks are already in another story, and names stories of a closed sprint', async t => {
  const team = await server.team(t.title)
  const file = (sprint: string, other = '') =>
    `id,title,story,sprint\n1,Fill,Launch,${sprint}${other && `\n2,Light,Launch,${other}`}`
  t.like((await send(t, team, file('One'))).body, {created: {stories: 1, sprints: 1, tasks: 1}})
  t.like((await send(t, team, file('Two'))).body, {created: {stories: 0, sprints: 1}, updated: {tasks: 0}})
  const {body: sprints} = await team.ada.get(`/projects/${team.project.id}/sprints`)
  const two = sprints.items.find(({name}: {name: string}) => name === 'Two')
  for (const status of ['active', 'closed']) await team.ada.put(`/sprints/${two.id}/status`, {status})
  const {body: report} = await send(t, team, file('One', 'Two'))
  t.like(report, {created: {stories: 1, tasks: 1}, not_kept: [{reason: 'closed-sprint', count: 1}]})
})

for (const [name, head, newRow, rowOf] of [
  ['ids that grow', 'id,title,story', '1000,New,Launch', (n: number) => `${n},Task ${n},Launch`],
  ['hexadecimal ids', 'id,title,story', '5aa,New,Launch', (n: number) => `6${n}e,Task ${n},Launch`],
  ['no ids', 'title,description', 'A new task,', (n: number) => `Task ${n},`],
] as const) {
  test(`with ${name}, a new task of a newer file is in the first part of its story that has room`, async t => {
    const team = await server.team(t.title)
    const request = {...(await requestOf(team)), quotas: {...server.quotas, MAX_TASKS_PER_STORY: 60}}
    const commit = commitAs(request.caller)
    const rows = Array.from({length: 130}, (_, n) => rowOf(n))
    const run = async (lines: readonly string[]) => {
      const file = Buffer.from([head, ...lines].join('\n'))
      const preview = await importBytes(file, {...request, isPreview: true}, commit)
      const report = await importBytes(file, request, commit)
      t.deepEqual(report, {...preview, preview: false})
      return report
    }
    t.like(await run(rows), {created: {stories: 3, tasks: 130}})
    const first = await storiesOf(team)
    const title = head.includes('story') ? 'Launch' : 'Imported tasks'
    t.deepEqual(
      first.map(({title, tasks}) => [title, tasks.length]),
      [
        ['Reach orbit', 1],
        [title, 60],
        [`${title} (2)`, 60],
        [`${title} (3)`, 10],
      ],
    )
    t.like(await run([newRow, ...rows]), {
      created: {stories: 0, tasks: 1},
      unchanged: {stories: 3, tasks: 130},
    })
    const second = await storiesOf(team)
    t.deepEqual(second.slice(0, 3), first.slice(0, 3))
    t.is(second[3]!.tasks.length, 11)
    t.like(await run([...rows, newRow]), {created: {stories: 0, tasks: 0}})

    const more = Array.from({length: 50}, (_, n) => rowOf(500 + n))
    t.like(await run([...more, newRow, ...rows]), {created: {stories: 1, tasks: 50}})
    t.deepEqual(
      (await storiesOf(team)).map(({tasks}) => tasks.length),
      [1, 60, 60, 60, 1],
    )
    await requireTextBytes(t, team)
  })
}

test('the parts of a story follow its title, and members can delete a part', async t => {
  const team = await server.team(t.title)
  const request = {...(await requestOf(team)), quotas: {...server.quotas, MAX_TASKS_PER_STORY: 2}}
  const run = (milestone: string, numbers: readonly number[]) => {
    const issues = numbers.map(number => ({
      ...{id: number, number, title: `Task ${number}`, state: 'open'},
      milestone: {id: 1, title: milestone, description: milestone, state: 'open'},
    }))
    return importBytes(Buffer.from(JSON.stringify(issues)), request, commitAs(request.caller))
  }
  const emoji = `${'x'.repeat(189)}😀`
  await run(emoji, [1, 2, 3, 4, 5])
  const titles = async () => (await storiesOf(team)).map(({title}) => title)
  t.deepEqual(await titles(), ['Reach orbit', emoji, `${'x'.repeat(189)} (2)`, `${'x'.repeat(189)} (3)`])
  const [, , second, third] = await storiesOf(team)
  await team.ada.patch(`/stories/${third!.id}`, {title: 'By Ada'})
  t.like(await run('v1', [1, 2, 3, 4, 5]), {updated: {stories: 3}, unchanged: {stories: 0}})
  t.deepEqual(await titles(), ['Reach orbit', 'v1', 'v1 (2)', 'By Ada'])

  t.is((await team.ada.delete(`/stories/${second!.id}`)).status, 204)
  await run('v1', [1, 2, 3, 4, 5, 6, 7])
  t.deepEqual(
    (await storiesOf(team)).map(({title, tasks}) => [title, tasks.length]),
    [
      ['Reach orbit', 1],
      ['v1', 2],
      ['By Ada', 2],
      ['v1 (4)', 1],
    ],
  )
})

test('a new task of a story in a closed sprint is in a further part of the story, outside of the closed sprint', async t => {
  const team = await server.team(t.title)
  const {ada, sprint, project} = team
  const csv = (...rows: string[]) => `id,title,story,status\n${rows.join('\n')}`
  const first = '1,Fill,Launch,done'
  await send(t, team, csv(first), `?sprint_id=${sprint.id}`)
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'active'})
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'closed'})
  const newer = csv(first, '2,Weld,Launch,')
  const {body: preview} = await send(t, team, newer, '?preview=true')
  t.like(preview, {
    created: {stories: 1, tasks: 1},
    not_kept: [{reason: 'closed-sprint', count: 1, example: 'Weld'}],
  })
  t.deepEqual((await send(t, team, newer)).body, {...preview, preview: false})
  const {body: next} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Next'})
  const part = (await storiesOf(team)).at(-1)!
  t.like(part, {title: 'Launch (2)', sprint_id: null, status: 'draft'})
  await send(t, team, csv(first, '2,Weld,Launch,', '3,Dock,Launch,'))
  t.is((await storiesOf(team)).at(-1)!.tasks.length, 2)

  const other = csv('4,Fuel,Fly,done')
  await send(t, team, other, `?sprint_id=${next.id}`)
  await ada.put(`/sprints/${next.id}/status`, {status: 'active'})
  await ada.put(`/sprints/${next.id}/status`, {status: 'closed'})
  const {body: last} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Last'})
  await send(t, team, `${other}\n5,Land,Fly,`, `?sprint_id=${last.id}`)
  t.like((await storiesOf(team)).at(-1), {title: 'Fly (2)', sprint_id: last.id})
})

for (const format of ['csv', 'json']) {
  test(`importing the ${format} export of a project into the same project changes nothing, also after an edit`, async t => {
    const team = await server.team(t.title)
    const {ada, bob, project, story, task, sprint} = team
    const path = `/projects/${project.id}`
    const {body: label} = await ada.post(`${path}/labels`, {name: 'Safety'})
    await ada.patch(`/stories/${story.id}`, {description: 'Far away'})
    await ada.patch(`/tasks/${task.id}`, {
      description: 'Slowly',
      label_ids: [label.id],
      acceptance_criteria_refs: ['AC-1', 'AC-2'],
      due_on: '2026-12-24',
      priority: 'high',
      estimated_hours: 1.5,
    })
    await ada.post(`/tasks/${task.id}/checklist`, {text: 'Vent'})
    await ada.post(`/tasks/${task.id}/comments`, {body: 'Well'})
    await bob.put(`/tasks/${task.id}/ownership`)
    await send(t, team, 'title,story\nImported,Dock')
    const {body: last} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Last'})
    await ada.put(`/tasks/${last.id}/rank`, {before_task_id: task.id})
    const exported = await exportOf(team, format, t.title)

    const tasksNow = async () => (await ada.get(`${path}/export`)).body.tasks
    const before = await tasksNow()
    t.is(before[0].title, 'Last')
    const {body: same} = await send(t, team, exported)
    t.like(same, {
      created: {tasks: 0, stories: 0, comments: 0, labels: 0, sprints: 0},
      updated: {tasks: 0, stories: 0},
      unchanged: {tasks: 3},
    })
    t.deepEqual(await tasksNow(), before)

    t.like(same, {unchanged: {checklist_items: 1}})
    t.deepEqual(
      same.not_kept.filter(({reason}: {reason: string}) => reason === 'already-in-project'),
      [{...same.not_kept[0], reason: 'already-in-project', count: 3}],
    )
    for (const edited of [exported, exported.replaceAll('Last', 'Latest')]) {
      const {body: preview} = await send(t, team, edited, '?preview=true')
      t.like(preview, {created: {tasks: 0, stories: 0}, updated: {tasks: 0}})
      t.deepEqual((await send(t, team, edited)).body, {...preview, preview: false})
      t.deepEqual(await tasksNow(), before)
    }

    const {body: copy} = await ada.post('/projects', {name: 'Copy'})
    const {body: copied} = await send(t, {...team, project: copy}, exported)
    t.like(copied, {created: {tasks: 3, stories: 2, sprints: 1, labels: 1}})
    const {body: again} = await ada.get(`/projects/${copy.id}/export`)
    t.deepEqual(
      again.tasks.map((one: Record<string, unknown>) => [one.title, one.acceptance_criteria_refs]),
      before.map((one: Record<string, unknown>) => [one.title, one.acceptance_criteria_refs]),
    )
    t.is(again.sprints[0].name, sprint.name)
    await requireTextBytes(t, team)
  })
}

test('a new row of an exported CSV joins the story of the others, and a task of another project is a new task', async t => {
  const team = await server.team(t.title)
  const {ada, bob, project, story, task} = team
  await bob.put(`/tasks/${task.id}/ownership`)
  const file = `id,title,status,story\n${task.id},${task.title},done,${story.title}\n,New,,${story.title}`
  for (const [sub, created] of [
    ['ada', 1],
    ['root', 0],
  ] as const) {
    const {body: report} = await send(t, team, file, '', sub)
    t.like(report, {created: {tasks: created, stories: 0}, updated: {tasks: 0}})
    t.like(report.not_kept, [{reason: 'already-in-project', count: 1, example: task.title}])
    t.like((await ada.get(`/tasks/${task.id}`)).body, {status: 'owned', version: 2})
  }
  t.deepEqual(
    (await storiesOf(team)).map(({tasks}) => tasks),
    [[task.title, 'New']],
  )
  const {body: other} = await ada.post('/projects', {name: 'Other'})
  t.like((await send(t, {...team, project: other}, file)).body, {created: {tasks: 2}})
  t.is((await ada.get(`/tasks/${task.id}`)).body.project_id, project.id)
})

test('a kept board equals the board of the server after an import', async t => {
  const team = await server.team(t.title)
  const token = await server.tokenFor({sub: 'bob', org: t.title, role: 'member'})
  const kept = keepBoard({url: server.url, getToken: () => token, sprintId: team.sprint.id})
  t.teardown(() => kept.close())
  await until(() => kept.isConnected)
  await send(t, team, csvOf(450), `?sprint_id=${team.sprint.id}`)
  const {body: board} = await team.ada.get(`/sprints/${team.sprint.id}/board`)
  t.is(board.stories.flatMap(({tasks}: {tasks: unknown[]}) => tasks).length, 451)
  await until(() => kept.cursor === board.cursor)
  t.notThrows(() => requireSameBoard(kept.board, board))
})

test('viewers cannot import, and a foreign project and a closed sprint are refused before the file arrives', async t => {
  const team = await server.team(t.title)
  const other = await server.team(`${t.title} 2`)
  const before = await server.stateOf(team.organizationId)
  t.like(await send(t, team, 'title\na', '', 'vic'), {status: 403, body: {code: 'role-insufficient'}})
  t.like(await send(t, {...other, project: team.project}, 'title\na', '', 'ada', `${t.title} 2`), {
    status: 404,
    body: {code: 'project-not-found'},
  })
  t.like(await send(t, team, 'title\na', `?sprint_id=${other.sprint.id}`), {status: 404})
  t.like(await send(t, team, '{}'), {status: 400, body: {code: 'invalid-file'}})
  t.deepEqual(await server.stateOf(team.organizationId), before)
  await team.ada.put(`/sprints/${team.sprint.id}/status`, {status: 'active'})
  await team.ada.put(`/sprints/${team.sprint.id}/status`, {status: 'closed'})
  t.like(await send(t, team, 'title\na', `?sprint_id=${team.sprint.id}`), {body: {code: 'sprint-closed'}})
})

test('the export of a project can be imported into another project', async t => {
  const team = await server.team(t.title)
  await send(t, team, await sample('trello.json'), `?sprint_id=${team.sprint.id}`)
  const {body: exported} = await team.ada.get(`/projects/${team.project.id}/export`)
  const {body: copy} = await team.ada.post('/projects', {name: 'Copy'})
  const {body: report} = await send(t, {...team, project: copy}, JSON.stringify(exported))
  t.like(report, {
    format: 'boardcast',
    created: {sprints: 1, stories: 5, tasks: 7, comments: 2, labels: 2, checklist_items: 2},
  })
  const {body: again} = await team.ada.get(`/projects/${copy.id}/export`)
  const fieldsOf = (file: typeof exported) =>
    file.tasks.map(
      ({
        title,
        description,
        status,
        owner_user_id,
        due_on,
        checklist_done_count,
      }: Record<string, unknown>) => [
        title,
        description,
        status,
        owner_user_id,
        due_on,
        checklist_done_count,
      ],
    )
  t.deepEqual(fieldsOf(again).sort(), fieldsOf(exported).sort())
})

async function importBytes(
  bytes: Buffer,
  request: Awaited<ReturnType<typeof requestOf>>,
  commit: CommitBatch,
) {
  const file = await openFile({bytes: Buffer.from(bytes), options: {}})
  try {
    return await importFile(server.db, file, request, commit)
  } finally {
    await file.close()
  }
}

function csvOf(count: number): string {
  return `id,title,story\n${Array.from({length: count}, (_, index) => `${index},Task ${index},Launch`).join('\n')}`
}

async function requestOf(team: Team) {
  const caller = await team.ada.caller()
  const sprintId = null as string | null
  return {caller, projectId: team.project.id, sprintId, isPreview: false, quotas: server.quotas}
}

function commitAs(caller: Caller): CommitBatch {
  return change => commitChange(server.db, caller, change, undefined, server.quotas)
}

async function numbersOf(team: Team): Promise<number[]> {
  const rows = await server.db
    .selectFrom('tasks')
    .select('number')
    .where('project_id', '=', team.project.id)
    .orderBy('number')
    .execute()
  return rows.map(({number}) => number)
}

async function exportOf({project}: Team, format: string, org: string): Promise<string> {
  const token = await server.tokenFor({sub: 'ada', org, role: 'member'})
  const url = `${server.url}/api/v1/projects/${project.id}/export?format=${format}`
  return (await fetch(url, {headers: {authorization: `Bearer ${token}`}})).text()
}

/** The stories of the project in their order, with the titles of their tasks. */
async function storiesOf({organizationId, project}: Team) {
  const {rows} = await sql<{
    id: string
    title: string
    status: string
    sprint_id: string | null
    tasks: string[]
  }>`
    select id, title, status, sprint_id, array(
      select t.title from tasks t where t.organization_id = s.organization_id and t.story_id = s.id order by number
    ) as tasks
    from stories s where organization_id = ${organizationId} and project_id = ${project.id}
    order by rank, id`.execute(server.db)
  return rows
}

async function requireTextBytes(t: ExecutionContext, {organizationId}: Team): Promise<void> {
  const {rows} = await sql<{counted: number; stored: number}>`
    select text_bytes as counted, stored_text_bytes(organization_id) as stored from event_streams
    where organization_id = ${organizationId}`.execute(server.db)
  t.is(rows[0]!.counted, rows[0]!.stored)
}

async function send(
  t: ExecutionContext,
  team: Pick<Team, 'project'>,
  file: string,
  query = '',
  sub: 'ada' | 'root' | 'vic' = 'ada',
  org = t.title,
) {
  const name = {ada: 'Ada', root: 'Root', vic: 'Vic'}[sub]
  const role = {ada: 'member', root: 'admin', vic: 'viewer'} as const
  const token = await server.tokenFor({sub, org, role: role[sub], name})
  const response = await fetch(`${server.url}/api/v1/projects/${team.project.id}/imports${query}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': /^[[{]/.test(file) ? 'application/json' : 'text/csv',
    },
    body: file,
  })
  return readAnswer(response)
}
