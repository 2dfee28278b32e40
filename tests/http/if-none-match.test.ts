// Tests `If-None-Match` on reads: when the client has the current version of a resource, the response is a 304.
import test from 'ava'
import {apiRoutes} from '../../src/http/api.ts'
import {hasETag} from '../../src/http/route.ts'
import {createApiKey} from '../helpers/api-keys.ts'
import {startServer, type Team} from '../helpers/server.ts'

const listed = 'https://board.example'
const server = await startServer({corsOrigins: [listed]})
test.after.always(() => server.close())

const reads = apiRoutes.filter(({method}) => method === 'get')
const versioned = reads.filter(hasETag)

/** The path of a resource of the team. */
const pathOf: Record<string, (team: Team) => string> = {
  '/projects/{id}': ({project}) => `/projects/${project.id}`,
  '/projects/{id}/backlog': ({project}) => `/projects/${project.id}/backlog`,
  '/sprints/{id}': ({sprint}) => `/sprints/${sprint.id}`,
  '/sprints/{id}/board': ({sprint}) => `/sprints/${sprint.id}/board`,
  '/stories/{id}': ({story}) => `/stories/${story.id}`,
  '/tasks/{id}': ({task}) => `/tasks/${task.id}`,
}

test('the reads that have an ETag are the reads of a project, a backlog, a sprint, a board, a story and a task', t => {
  t.deepEqual(versioned.map(({path}) => path).toSorted(), Object.keys(pathOf).sort())
})

for (const {path} of versioned) {
  test(`when If-None-Match contains the current ETag, GET ${path} responds with 304 without a body`, async t => {
    const team = await server.team(t.title)
    const {headers} = await team.vic.get(pathOf[path]!(team))
    const etag = headers.get('etag')!
    // [spec] RFC 9110, section 13.1.2: a recipient MUST use the weak comparison function.
    for (const tags of [etag, `W/${etag}`, `"7", ${etag}`, `"a,b" ,, W/${etag},`, `"",${etag}`, '*', ' * ']) {
      const {status, headers: sent, body} = await team.vic.get(pathOf[path]!(team), {'if-none-match': tags})
      t.is(status, 304, tags)
      t.is(body, undefined, tags)
      // [spec] Section 15.4.5: a 304 has the header fields ETag and Cache-Control of the 200.
      for (const name of ['etag', 'event-id', 'cache-control']) t.is(sent.get(name), headers.get(name), name)
      for (const name of ['content-type', 'content-length']) t.is(sent.get(name), null, name)
    }
  })

  test(`when If-None-Match contains only other ETags, GET ${path} responds with the resource`, async t => {
    const team = await server.team(t.title)
    const found = await team.vic.get(pathOf[path]!(team))
    for (const tags of ['"7"', 'W/"7"', '"11"', '"*"', '', ',']) {
      const {status, body} = await team.vic.get(pathOf[path]!(team), {'if-none-match': tags})
      t.is(status, 200, tags)
      t.deepEqual(body, found.body, tags)
    }
  })

  test(`when If-None-Match is malformed, GET ${path} responds with 400`, async t => {
    const team = await server.team(t.title)
    for (const tags of ['1', '"1', '"1" "2"', '*, "1"', 'w/"1"', 'W/ "1"', '"1 "']) {
      const {status, body} = await team.vic.get(pathOf[path]!(team), {'if-none-match': tags})
      t.is(status, 400, tags)
      t.is(body.code, 'invalid-request')
      t.regex(body.detail, /^If-None-Match /)
    }
  })
}

test('after a change, the ETag that the client has is outdated, and the response is the changed resource', async t => {
  const {ada, task} = await server.team(t.title)
  const {headers} = await ada.get(`/tasks/${task.id}`)
  const changed = await ada.put(`/tasks/${task.id}/ownership`)
  const again = await ada.get(`/tasks/${task.id}`, {'if-none-match': headers.get('etag')!})
  t.is(again.status, 200)
  t.deepEqual(again.body, changed.body)
  t.is((await ada.get(`/tasks/${task.id}`, {'if-none-match': changed.headers.get('etag')!})).status, 304)
})

test('after a comment, a question or the deletion of its label, the ETag of a task is outdated, but its version is not', async t => {
  const {ada, project, task} = await server.team(t.title)
  const path = `/tasks/${task.id}`
  const {body: label} = await ada.post(`/projects/${project.id}/labels`, {name: 'Hull', color: 'red'})
  await ada.patch(path, {label_ids: [label.id]})
  let known = await ada.get(path)
  for (const change of [
    () => ada.post(`${path}/comments`, {body: 'Mind the valve'}),
    () => ada.post(`/projects/${project.id}/escalations`, {question: 'May we vent?', task_id: task.id}),
    () => ada.delete(`/labels/${label.id}`),
  ]) {
    const etag = known.headers.get('etag')!
    t.true((await change()).status < 300)
    const now = await ada.get(path, {'if-none-match': etag})
    t.is(now.status, 200)
    t.is(now.body.version, known.body.version)
    t.notDeepEqual(now.body, known.body)
    t.is((await ada.patch(path, {title: task.title}, {'if-match': etag})).status, 200)
    t.is((await ada.get(path, {'if-none-match': now.headers.get('etag')!})).status, 304)
    known = now
  }
})

test('the Event-Id of a 304 is the current cursor, so a stream can continue from this cursor', async t => {
  const {ada, story, task} = await server.team(t.title)
  const {headers} = await ada.get(`/tasks/${task.id}`)
  const other = await ada.put(`/stories/${story.id}/status`, {status: 'ready'})
  const again = await ada.get(`/tasks/${task.id}`, {'if-none-match': headers.get('etag')!})
  t.is(again.status, 304)
  t.is(again.headers.get('event-id'), other.headers.get('event-id'))
})

test('when the caller may not read the resource, or the resource does not exist, If-None-Match does not change the response', async t => {
  const {ada, root, vic, task, organizationId} = await server.team(t.title)
  const stranger = server.as({sub: 'mallory', org: 'another organization', role: 'admin'})
  for (const tags of ['*', '"1"']) {
    const foreign = await stranger.get(`/tasks/${task.id}`, {'if-none-match': tags})
    t.is(foreign.status, 404)
    t.is(foreign.body.code, 'task-not-found')
    const unknown = await ada.get('/tasks/none', {'if-none-match': tags})
    t.is(unknown.body.code, 'task-not-found')
    const anonymous = await fetch(`${server.url}/api/v1/tasks/${task.id}`, {headers: {'if-none-match': tags}})
    t.is(anonymous.status, 401)
  }
  const {key, apiKey} = await createApiKey(server.db, {organizationId, name: 'ci', role: 'viewer'})
  const read = () =>
    fetch(`${server.url}/api/v1/tasks/${task.id}`, {headers: {'x-api-key': key, 'if-none-match': '*'}})
  t.is((await read()).status, 304)
  await root.delete(`/members/${apiKey.member_id}`)
  t.is((await read()).status, 401)
  t.is((await vic.get(`/tasks/${task.id}`, {'if-none-match': '*'})).status, 304)
})

test('a page of a listed origin may read a 304 and its Event-Id and ETag', async t => {
  const {ada, task} = await server.team(t.title)
  const etag = (await ada.get(`/tasks/${task.id}`)).headers.get('etag')!
  const {status, headers} = await ada.get(`/tasks/${task.id}`, {origin: listed, 'if-none-match': etag})
  t.is(status, 304)
  t.is(headers.get('access-control-allow-origin'), listed)
  t.regex(headers.get('access-control-expose-headers')!, /^Event-Id,ETag,/)
  t.is(headers.get('vary'), 'Origin, Accept-Encoding')
})

test('HEAD with If-None-Match responds like GET', async t => {
  const {ada, task} = await server.team(t.title)
  const etag = (await ada.get(`/tasks/${task.id}`)).headers.get('etag')!
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const head = (tags: string) =>
    fetch(`${server.url}/api/v1/tasks/${task.id}`, {
      method: 'HEAD',
      headers: {authorization: `Bearer ${token}`, 'if-none-match': tags},
    })
  t.is((await head(etag)).status, 304)
  t.is((await head('"2"')).status, 200)
})

test('a read without an ETag and a change ignore If-None-Match, even if the header is malformed', async t => {
  const {ada, project, task} = await server.team(t.title)
  for (const tags of ['*', '1']) {
    for (const path of ['/me', '/projects', `/projects/${project.id}/stories`]) {
      const {status, headers, body} = await ada.get(path, {'if-none-match': tags})
      t.is(status, 200, path)
      t.is(headers.get('etag'), null)
      t.truthy(body)
    }
    const {status, body} = await ada.patch(`/tasks/${task.id}`, {title: tags}, {'if-none-match': tags})
    t.is(status, 200)
    t.is(body.title, tags)
  }
})
