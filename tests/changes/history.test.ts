// Tests the history of tasks and sprints, which outlives the events.
import {sql} from 'kysely'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Client, type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

test('the history of a task lists who changed what, newest first, also after its events are pruned', async t => {
  const {ada, bob, story, task, organizationId} = await server.team(t.title)
  const {body: other} = await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  await ada.put(`/tasks/${task.id}/ownership`)
  await bob.patch(`/tasks/${task.id}`, {title: 'Fill both tanks', priority: 'high'})
  await ada.put(`/tasks/${task.id}/status`, {status: 'in_progress'})
  const {body: comment} = await bob.post(`/tasks/${task.id}/comments`, {body: 'Done?'})
  await ada.put(`/tasks/${task.id}/blockers/${other.id}`)
  await bob.put(`/tasks/${other.id}/status`, {status: 'cancelled'})
  await ada.put(`/tasks/${task.id}/rank`, {after_task_id: other.id})
  await bob.post(`/tasks/${task.key}/checklist`, {text: 'Valve'})
  await ada.patch(`/tasks/${task.id}`, {})
  await server.db.deleteFrom('events').where('organization_id', '=', organizationId).execute()
  await sql`update event_streams set oldest = head + 1 where organization_id = ${organizationId}`.execute(
    server.db,
  )

  const {body} = await ada.get(`/tasks/${task.key}/history`)
  const [adaId, bobId] = [(await ada.caller()).user_id, (await bob.caller()).user_id]
  const created = body.items.at(-1)
  t.deepEqual(
    body.items.map(({seq: _, timestamp: __, ...item}: any) => item),
    [
      changed('task.updated', bobId, [{field: 'checklist'}, value('checklist_count', 0, 1)]),
      changed('task.blockers.changed', bobId, [value('open_blocker_count', 1, 0)]),
      changed('task.blockers.changed', adaId, [
        {field: 'blocked_by_task_ids', added: [other.id], removed: []},
        value('open_blocker_count', 0, 1),
      ]),
      {...changed('task.commented', bobId, []), comment_id: comment.id},
      changed('status_changed', adaId, [value('status', 'owned', 'in_progress')]),
      changed('task.updated', bobId, [
        value('title', task.title, 'Fill both tanks'),
        value('priority', null, 'high'),
      ]),
      changed('ownership_taken', adaId, [value('owner_user_id', null, adaId)]),
      changed('task.created', task.created_by_user_id, []),
    ],
  )
  t.is(created.timestamp, task.created_at)
  const {body: page} = await ada.get(`/tasks/${task.id}/history?limit=7`)
  t.is(page.next, page.items.at(-1).seq)
  t.deepEqual((await ada.get(`/tasks/${task.id}/history?limit=7&after=${page.next}`)).body, {
    items: [created],
    next: null,
  })

  await ada.delete(`/stories/${story.id}`)
  t.is((await ada.get(`/tasks/${task.id}/history`)).body.code, 'task-not-found')
  const left = server.db.selectFrom('history').select('type').where('subject_id', 'in', [task.id, other.id])
  t.deepEqual(await left.execute(), [])
})

test('the history of a sprint lists its changes, and the stories and tasks that come and go', async t => {
  const {ada, root, project, sprint, story, task, organizationId} = await server.team(t.title)
  const {body: next} = await ada.post(`/projects/${project.id}/sprints`, {name: 'Sprint 2'})
  const {body: later} = await ada.post(`/projects/${project.id}/stories`, {title: 'Land', sprint_id: next.id})
  await ada.patch(`/sprints/${sprint.id}`, {goal: 'Orbit', ends_on: '2026-12-31'})
  await ada.patch(`/tasks/${task.id}`, {story_id: later.id})
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'active'})
  await ada.patch(`/stories/${story.id}`, {sprint_id: next.id})

  const of = async (id: string) =>
    (await ada.get(`/sprints/${id}/history`)).body.items.map(({type, changes, title}: any) => [
      type,
      title,
      changes,
    ])
  const move = [value('sprint_id', sprint.id, next.id)]
  t.deepEqual(await of(sprint.id), [
    ['story.moved', story.title, move],
    ['sprint.status.changed', undefined, [value('status', 'planned', 'active')]],
    ['task.moved', task.title, move],
    ['sprint.updated', undefined, [{field: 'goal'}, value('ends_on', null, '2026-12-31')]],
    ['task.created', task.title, []],
    ['story.created', story.title, []],
    ['sprint.created', undefined, []],
  ])
  t.deepEqual((await of(next.id)).slice(0, 2), [
    ['story.moved', story.title, move],
    ['task.moved', task.title, move],
  ])
  await root.delete(`/sprints/${next.id}`)
  const rows = server.db.selectFrom('history').select('type').where('organization_id', '=', organizationId)
  t.deepEqual(await rows.where('subject_id', '=', next.id).execute(), [])
  await ada.put(`/sprints/${sprint.id}/status`, {status: 'closed'})
  const {items} = (await ada.get(`/sprints/${sprint.id}/history`)).body
  t.like(items[0], {type: 'sprint.status.changed', summary: {task_count: 0, moved_story_count: 0}})
})

test('the newest 1,000 facts of a task are kept', async t => {
  const {ada, task, organizationId} = await server.team(t.title)
  await sql`
    with added as (
      insert into history (organization_id, subject_id, seq, number, type, fact, created_at)
      select ${organizationId}, ${task.id}, head + n, n + 1, 'task.updated', '{"changes": []}', now()
      from event_streams, generate_series(1, 999) n where organization_id = ${organizationId}
    )
    update event_streams set head = head + 999, oldest = head + 1000
    where organization_id = ${organizationId}`.execute(server.db)
  await ada.put(`/tasks/${task.id}/ownership`)
  await ada.put(`/tasks/${task.id}/status`, {status: 'in_progress'})
  await ada.delete(`/tasks/${task.id}/ownership`)
  const facts = server.db
    .selectFrom('history')
    .select('number')
    .where('subject_id', '=', task.id)
    .orderBy('number')
  const numbers = (await facts.execute()).map(({number}) => number)
  t.deepEqual(
    numbers,
    Array.from({length: 1_000}, (_, index) => index + 4),
  )
  t.is((await historyOf(ada, task.id))[0].type, 'ownership_released')
})

test('the newest 1,000 facts of a sprint are kept, also when many changes add facts at the same time', async t => {
  const {ada, bob, sprint, story, organizationId} = await server.team(t.title)
  const tasks = await Promise.all(
    Array.from({length: 12}, async () => (await ada.post(`/stories/${story.id}/tasks`, {title: 'T'})).body),
  )
  await sql`
    with added as (
      insert into history (organization_id, subject_id, seq, number, type, fact, created_at)
      select ${organizationId}, ${sprint.id}, head + n, 1000 + n, 'task.created', '{"changes": []}', now()
      from event_streams, generate_series(1, 1000) n where organization_id = ${organizationId}
    )
    update event_streams set head = head + 1000, oldest = head + 1001
    where organization_id = ${organizationId}`.execute(server.db)
  const remove = async ({id}: {id: string}) => {
    t.is((await ada.delete(`/tasks/${id}`)).status, 204)
  }
  await Promise.all(tasks.map(remove))
  await bob.patch(`/sprints/${sprint.id}`, {name: 'Sprint 1b'})
  const facts = server.db.selectFrom('history').select('number').where('subject_id', '=', sprint.id)
  const numbers = (await facts.orderBy('number').execute()).map(({number}) => number)
  t.is(new Set(numbers).size, numbers.length, 'no number is given twice')
  t.is(numbers.length, 1_000)
})

test('the history of another organization is not found, and a concurrent change adds one fact for each event', async t => {
  const {ada, bob, task} = await server.team(t.title)
  const {ada: other} = await server.team(`${t.title}, theirs`)
  t.is((await other.get(`/tasks/${task.id}/history`)).body.code, 'task-not-found')
  t.is((await other.get(`/sprints/${task.sprint_id}/history`)).body.code, 'sprint-not-found')
  const add = (by: Client, number: number) =>
    by.post(`/tasks/${task.id}/comments`, {body: `Comment ${number}`})
  await Promise.all([ada, bob, ada, bob].map(add))
  t.is((await historyOf(ada, task.id)).length, 5)
})

function changed(type: string, actor_user_id: string, changes: object[]) {
  return {type, actor_user_id, changes}
}

function value(field: string, from: unknown, to: unknown) {
  return {field, from, to}
}

async function historyOf(by: Client, taskId: string): Promise<any[]> {
  return (await by.get(`/tasks/${taskId}/history`)).body.items
}
