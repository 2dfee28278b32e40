// Tests the typed client of the API with a complete server, and the option `fetch` in an environment like React Native.
import test from 'ava'
import {createApi, isProblem, isSignedOut, isUpTo, Problem} from '../../src/client/api-client.ts'
import {type Fetch, keepBoard, openTaskStream} from '../../src/client/client.ts'
import {json, refuse, startScriptedServer} from '../helpers/scripted-server.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

let organizations = 0

async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  return {...team, token, api: createApi({url: server.url, getToken: () => token})}
}

test('a request contains the parameters and the body, and returns the body, the Event-Id and the ETag', async t => {
  const {api, story} = await newTeam()
  const created = await api.request('POST /stories/{id}/tasks', {
    params: {id: story.id},
    body: {title: 'Weld', estimated_hours: 2},
  })
  t.like(created.body, {title: 'Weld', estimated_hours: 2, story_id: story.id, version: 1})
  t.regex(created.etag!, /^"1-[\da-f]{16}"$/)
  const read = await api.request('GET /tasks/{id}', {params: {id: created.body.id}})
  t.deepEqual(read.body, created.body)
  t.true(isUpTo(created.eventId, read.eventId))
  t.is(await api.call('DELETE /tasks/{id}', {params: {id: created.body.id}}), undefined)
})

test('`ifMatch` accepts a version and an ETag, and a change is rejected when the resource has another version', async t => {
  const {api, task} = await newTeam()
  const params = {id: task.id}
  const edit = (ifMatch: string | number, title: string) =>
    api.call('PATCH /tasks/{id}', {params, body: {title}, ifMatch})
  t.is((await edit(1, 'Two')).version, 2)
  t.is((await edit('"2"', 'Three')).version, 3)
  const error = await t.throwsAsync(edit(2, 'Four'), {instanceOf: Problem})
  t.true(isProblem(error, 'version-mismatch'))
  t.false(isProblem(error, 'task-not-found'))
  t.false(isSignedOut(error))
  t.like(error, {code: 'version-mismatch', data: {status: 412, version: 3}})
})

test('a request that is repeated with the same `idempotencyKey` makes the change only once', async t => {
  const {api, story} = await newTeam()
  const request = {params: {id: story.id}, body: {title: 'Once'}, idempotencyKey: 'key'}
  const first = await api.request('POST /stories/{id}/tasks', request)
  const second = await api.request('POST /stories/{id}/tasks', request)
  t.deepEqual(second, first)
})

test('`all` returns the items of all pages', async t => {
  const {api, story} = await newTeam()
  const params = {id: story.id}
  for (const title of ['Two', 'Three']) await api.call('POST /stories/{id}/tasks', {params, body: {title}})
  const pages = await api.all('GET /stories/{id}/tasks', {params, query: {limit: 1}})
  t.deepEqual(pages.map(({title}) => title).slice(-2), ['Two', 'Three'])
  t.deepEqual(await api.all('GET /stories/{id}/tasks', {params}), pages)
  const members = await api.all('GET /members', {query: {removed: true}})
  t.true(members.some(({name}) => name === 'Ada'))
})

test('`all` with the parameter `after` returns only the items that follow', async t => {
  const {api, story} = await newTeam()
  const params = {id: story.id}
  for (const title of ['Two', 'Three']) await api.call('POST /stories/{id}/tasks', {params, body: {title}})
  const first = await api.call('GET /stories/{id}/tasks', {params, query: {limit: 1}})
  const rest = await api.all('GET /stories/{id}/tasks', {params, query: {limit: 1, after: first.next!}})
  t.deepEqual(
    rest.map(({title}) => title),
    ['Two', 'Three'],
  )
})

test('a file is sent as it is, as text and as a Blob, with its media type', async t => {
  const {api, project} = await newTeam()
  const preview = (type: 'text/csv' | 'application/json', content: string | Blob) =>
    api.call('POST /projects/{id}/imports', {
      params: {id: project.id},
      query: {preview: true},
      file: {type, content},
    })
  const csv = 'title,story\n"Weld, then test",Hull\n'
  t.like(await preview('text/csv', csv), {format: 'csv', preview: true, created: {tasks: 1, stories: 1}})
  const issues = [{id: 1, number: 7, title: 'Weld', state: 'open', url: 'https://api.github.com/issues/7'}]
  const report = await preview('application/json', new Blob([JSON.stringify(issues)]))
  t.like(report, {format: 'github', created: {tasks: 1}})
})

test('an empty `idempotencyKey` is sent, so the server rejects the request', async t => {
  const {api, story} = await newTeam()
  const request = {params: {id: story.id}, body: {title: 'Once'}, idempotencyKey: ''}
  t.true(isProblem(await t.throwsAsync(api.call('POST /stories/{id}/tasks', request)), 'invalid-request'))
})

test('when a parameter of the path would change the route, no request is sent', async t => {
  const scripted = await startScriptedServer([])
  t.teardown(() => scripted.close())
  const api = createApi({url: scripted.url})
  for (const id of ['', '.', '..']) {
    await t.throwsAsync(api.call('DELETE /sprints/{id}', {params: {id}}), {instanceOf: TypeError})
  }
  t.deepEqual(scripted.calls, [])
  await api.call('GET /tasks/{id}', {params: {id: '../...'}})
  t.deepEqual(scripted.calls, ['GET /tasks/..%2F...'])
})

test('when a proxy has made the ETag weak, `etag` is the strong ETag that `ifMatch` needs', async t => {
  const scripted = await startScriptedServer([], response => {
    response.setHeader('etag', 'W/"3"')
    json(response, 200, {version: 3})
  })
  t.teardown(() => scripted.close())
  const {etag} = await createApi({url: scripted.url}).request('GET /tasks/{id}', {params: {id: 'task'}})
  t.is(etag, '"3"')
})

test('when the response is an error but not a problem of the server, the Problem has the code `unexpected-response`', async t => {
  for (const body of ['<h1>502 Bad Gateway</h1>', 'null', '{"message": "no route"}']) {
    const scripted = await startScriptedServer([], response => void response.writeHead(502).end(body))
    t.teardown(() => scripted.close())
    const error = await t.throwsAsync(createApi({url: scripted.url}).call('GET /me'), {instanceOf: Problem})
    t.false(isProblem(error, 'internal-error'), body)
    if (isProblem(error, 'unexpected-response')) t.is(error.data.status, 502)
    else t.fail(body)
  }
})

test('after a request, the signal of the caller has no listeners', async t => {
  const scripted = await startScriptedServer([])
  t.teardown(() => scripted.close())
  const {signal} = new AbortController()
  const listeners = new Set<unknown>()
  // In some environments, `addEventListener` ignores its options.
  signal.addEventListener = (_: string, listener: unknown) => void listeners.add(listener)
  signal.removeEventListener = (_: string, listener: unknown) => void listeners.delete(listener)
  await createApi({url: scripted.url}).call('GET /me', {signal})
  t.is(listeners.size, 0)
})

test('when the signal of the caller aborts, the request ends with the reason of the signal', async t => {
  const waiting = await startScriptedServer([], () => {}) // this server never responds
  t.teardown(() => waiting.close())
  const api = createApi({url: waiting.url})
  const stop = new AbortController()
  const reading = api.call('GET /me', {signal: stop.signal})
  await until(() => waiting.calls.length > 0)
  stop.abort(new Error('The component is gone'))
  await t.throwsAsync(reading, {message: 'The component is gone'})
  await t.throwsAsync(api.call('GET /me', {signal: stop.signal}), {message: 'The component is gone'})
})

test('after the server has refused the token, the request is sent once more with a new token, and not with the old one', async t => {
  const sent: (string | undefined)[] = []
  const scripted = await startScriptedServer([], (response, request) => {
    if (sent.push(request.headers.authorization) === 1) refuse(401, 'invalid-token')(response, request)
    else json(response, 200, {role: 'member'})
  })
  t.teardown(() => scripted.close())
  const api = createApi({url: scripted.url, getToken: ({refused}) => (refused ? null : 'old')})
  t.like(await api.call('GET /me'), {role: 'member'})
  t.deepEqual(sent, ['Bearer old', undefined])
})

// React Native has neither EventSource, nor TextDecoderStream, nor these two functions of AbortSignal.
test.serial(
  'with the option `fetch`, a board follows its events in an environment without EventSource, TextDecoderStream, AbortSignal.timeout and AbortSignal.any',
  async t => {
    const {bob, task, token, sprint} = await newTeam()
    const requested: string[] = []
    const fetch: Fetch = (url, init) => {
      requested.push(new URL(url).pathname)
      return originals.fetch(url, init)
    }
    const originals = {
      fetch: globalThis.fetch,
      TextDecoderStream,
      EventSource: (globalThis as any).EventSource,
    }
    const {any, timeout} = AbortSignal
    Object.assign(globalThis, {fetch: undefined, TextDecoderStream: undefined, EventSource: undefined})
    Object.assign(AbortSignal, {any: undefined, timeout: undefined})
    t.teardown(() => {
      Object.assign(globalThis, originals)
      Object.assign(AbortSignal, {any, timeout})
    })
    const options = {url: server.url, getToken: () => token, fetch}
    const kept = keepBoard({...options, sprintId: sprint.id})
    t.teardown(() => kept.close())
    await until(() => kept.isConnected && kept.me)
    t.is((await kept.take(task.id)).status, 'owned')
    await originals.fetch(`${server.url}/api/v1/tasks/${task.id}`, {
      method: 'PATCH',
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
      body: JSON.stringify({title: 'Größer ✓'}),
    })
    await until(() => kept.board!.stories[0]!.tasks[0]!.title === 'Größer ✓')
    const api = createApi(options)
    t.like(await api.call('GET /tasks/{id}', {params: {id: task.id}, signal: new AbortController().signal}), {
      title: 'Größer ✓',
    })
    t.true(requested.includes('/api/v1/events/tasks') && requested.includes('/api/v1/me'))
    t.truthy(bob)
  },
)

test('with the option `fetch`, a stream does not use EventSource, even when EventSource exists', async t => {
  const {token} = await newTeam()
  const original = Object.getOwnPropertyDescriptor(globalThis, 'EventSource')
  let isUsed = false
  class Forbidden {
    constructor() {
      isUsed = true
    }
  }
  Object.defineProperty(globalThis, 'EventSource', {value: Forbidden, configurable: true, writable: true})
  t.teardown(() => {
    if (original) Object.defineProperty(globalThis, 'EventSource', original)
    else delete (globalThis as any).EventSource
  })
  const stream = openTaskStream({
    url: server.url,
    getToken: () => token,
    fetch: (url, init) => fetch(url, init),
  })
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  t.false(isUsed)
})
