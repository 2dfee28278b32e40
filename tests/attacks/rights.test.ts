// Attacks by members on content that belongs to other members.
import test from 'ava'
import {createApiKey} from '../helpers/api-keys.ts'
import {type Client, type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

for (const kind of ['project', 'sprint'] as const) {
  test(`a member cannot delete a ${kind}, and an admin can`, async t => {
    const team = await server.team(t.title)
    const path = `/${kind}s/${team[kind].id}`
    const before = await server.stateOf(team.organizationId)
    const refused = await team.ada.delete(path)
    t.is(refused.status, 403)
    t.like(refused.body, {code: 'role-insufficient', role: 'member', needed: 'admin'})
    t.deepEqual(await server.stateOf(team.organizationId), before)
    t.is((await team.root.delete(path)).status, 204)
  })
}

test('a member cannot delete an available task that another member created', async t => {
  const {bob, task, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  const {status, body} = await bob.delete(`/tasks/${task.id}`)
  t.is(status, 403)
  t.like(body, {
    code: 'not-the-creator-or-owner',
    task_id: task.id,
    created_by_user_id: task.created_by_user_id,
    owner_user_id: null,
  })
  t.deepEqual(await server.stateOf(organizationId), before)
})

const deleters: Record<string, (team: Awaited<ReturnType<Server['team']>>) => Promise<Client>> = {
  'the creator of a task': async ({ada}) => ada,
  'the owner of a task': async ({bob, task}) => {
    await bob.put(`/tasks/${task.id}/ownership`)
    return bob
  },
  'an admin': async ({root}) => root,
}
for (const [who, chooseFrom] of Object.entries(deleters)) {
  test(`${who} can delete the task`, async t => {
    const team = await server.team(t.title)
    const deleter = await chooseFrom(team)
    t.is((await deleter.delete(`/tasks/${team.task.id}`)).status, 204)
  })
}

test('a member cannot delete a story with tasks of other members, but can delete a story if the member created all tasks of the story', async t => {
  const {ada, bob, project, story, task, organizationId} = await server.team(t.title)
  await bob.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  const before = await server.stateOf(organizationId)
  const {status, body} = await bob.delete(`/stories/${story.id}`)
  t.is(status, 403)
  t.like(body, {code: 'not-the-creator-or-owner', task_id: task.id})
  t.deepEqual(await server.stateOf(organizationId), before)

  const {id} = (await ada.post(`/projects/${project.id}/stories`, {title: 'Land'})).body
  await bob.post(`/stories/${id}/tasks`, {title: 'Brake'})
  t.is((await bob.delete(`/stories/${id}`)).status, 204)
})

test('a member cannot respond to an escalation that is assigned to another member', async t => {
  const {ada, bob, root, project, organizationId} = await server.team(t.title)
  const assignee_user_id = (await ada.caller()).user_id
  const ask = async (question: object) =>
    (await root.post(`/projects/${project.id}/escalations`, {question: 'May we vent?', ...question})).body.id
  const id = await ask({assignee_user_id})
  const before = await server.stateOf(organizationId)
  const refused = await bob.post(`/escalations/${id}/response`, {response: 'Yes.'})
  t.is(refused.status, 403)
  t.like(refused.body, {code: 'not-the-assignee', assignee_user_id})
  t.deepEqual(await server.stateOf(organizationId), before)

  t.is((await ada.post(`/escalations/${id}/response`, {response: 'Slowly.'})).status, 200)
  const answerable = [await ask({assignee_user_id}), await ask({})]
  t.is((await root.post(`/escalations/${answerable[0]}/response`, {response: 'Yes.'})).status, 200)
  t.is((await bob.post(`/escalations/${answerable[1]}/response`, {response: 'Yes.'})).status, 200)
})

test('an escalation cannot be assigned to a viewer, because a viewer cannot respond to escalations', async t => {
  const {ada, bob, vic, project, organizationId} = await server.team(t.title)
  const assign = (assignee_user_id: string) =>
    ada.post(`/projects/${project.id}/escalations`, {question: 'May we vent?', assignee_user_id})
  const {user_id} = await vic.caller()
  const keyOf = (role: 'viewer' | 'member') =>
    createApiKey(server.db, {organizationId, name: `Robot (${role})`, role})
  const [viewer, member] = [(await keyOf('viewer')).apiKey, (await keyOf('member')).apiKey]
  const before = await server.stateOf(organizationId)
  for (const id of [user_id, viewer.member_id]) {
    const refused = await assign(id)
    t.is(refused.status, 409)
    t.like(refused.body, {code: 'assignee-is-viewer', user_id: id})
  }
  t.deepEqual(await server.stateOf(organizationId), before)
  for (const id of [(await bob.caller()).user_id, member.member_id]) t.is((await assign(id)).status, 201)
})
