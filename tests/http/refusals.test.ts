// What every route refuses, asked of each by its declaration.
import test, {type ExecutionContext} from 'ava'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import {roleFor} from '../../src/http/openapi.ts'
import type {Route} from '../../src/http/route.ts'
import {newId} from '../../src/store/ids.ts'
import {type Answer, type Client, readAnswer, startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

for (const route of apiRoutes) {
  const name = `${route.method.toUpperCase()} ${route.path}`

  test(`${name} without credentials is refused`, async t => {
    const team = await teamOf(t.title)
    await refusesWith(t, team, 'unauthenticated', async () => {
      const response = await fetch(server.url + apiPrefix + pathFor(route, team), {
        method: route.method.toUpperCase(),
      })
      t.is(response.headers.get('www-authenticate'), 'Bearer')
      return readAnswer(response)
    })
  })

  test(`${name} with a token in the query is refused`, async t => {
    const team = await teamOf(t.title)
    const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member'})
    await refusesWith(t, team, 'unauthenticated', async () => {
      const url = `${server.url}${apiPrefix}${pathFor(route, team)}?token=${token}`
      return readAnswer(await fetch(url, {method: route.method.toUpperCase()}))
    })
  })

  test(`${name} with an unknown query parameter is refused`, async t => {
    const team = await teamOf(t.title)
    await refusesWith(t, team, 'invalid-request', () =>
      call(clientOf(team, route), route, `${pathFor(route, team)}?colour=red`, bodyFor(route, team)),
    )
  })

  if (route.ids) {
    const notFound = route.ids.id!

    test(`${name} answers an id that is no UUID, is nobody's, or is another organization's with ${notFound}`, async t => {
      const team = await teamOf(t.title)
      const foreign = await teamOf(`${t.title}, theirs`)
      const foreignBefore = await server.stateOf(foreign.organizationId)
      for (const id of ['1', 'null', '%00', '..%2f', newId().replaceAll('-', ''), '🚀']) {
        await refusesWith(t, team, notFound, () =>
          call(clientOf(team, route), route, route.path.replace('{id}', id), bodyFor(route, team)),
        )
      }
      const nobodys = await refusesWith(t, team, notFound, () =>
        call(clientOf(team, route), route, route.path.replace('{id}', newId()), bodyFor(route, team)),
      )
      const theirs = await refusesWith(t, team, notFound, () =>
        call(clientOf(team, route), route, pathFor(route, foreign), bodyFor(route, team)),
      )
      t.deepEqual(theirs.body, nobodys.body)
      t.deepEqual(await server.stateOf(foreign.organizationId), foreignBefore)
    })
  }

  const needed = roleFor(route)
  if (needed === 'viewer') {
    test(`${name} is open to viewers`, async t => {
      const team = await teamOf(t.title)
      const {status, body} = await call(team.vic, route, pathFor(route, team), bodyFor(route, team))
      // What is one member's own is not there for another.
      if (isOfOne(route)) t.is(body.code, route.ids!.id)
      else t.is(status, 200)
    })
  } else {
    test(`${name} is refused to viewers`, async t => {
      const team = await teamOf(t.title)
      const {body} = await refusesWith(t, team, 'role-insufficient', () =>
        call(team.vic, route, pathFor(route, team), bodyFor(route, team)),
      )
      t.like(body, {role: 'viewer', needed})
    })
  }

  if (route.body) {
    test(`${name} refuses a body that is not JSON in form or in name`, async t => {
      const team = await teamOf(t.title)
      const send = (body: NonNullable<RequestInit['body']> | undefined, headers: Record<string, string>) =>
        raw(team, route, t.title, body, headers)
      const json = {'content-type': 'application/json'}
      const text = JSON.stringify(bodyFor(route, team))

      await refusesWith(t, team, 'unsupported-media-type', () => send(undefined, {}))
      await refusesWith(t, team, 'unsupported-media-type', () => send(text, {}))
      for (const type of [
        'text/plain',
        'text/json',
        'application/json-patch+json',
        'application/x-www-form-urlencoded',
        'application/xml',
      ]) {
        await refusesWith(t, team, 'unsupported-media-type', () => send(text, {'content-type': type}))
      }
      const zipped = {...json, 'content-encoding': 'zip'}
      await refusesWith(t, team, 'unsupported-media-type', () => send(text, zipped))
      for (const broken of ['{', '{"title": }', "{'title': 1}", '{} {}', 'title=1', '\u0000', '']) {
        await refusesWith(t, team, 'malformed-json', () => send(broken, json))
      }
      const latin1 = Buffer.from(text.replace('{', '{"é": 1, '), 'latin1')
      await refusesWith(t, team, 'malformed-json', () => send(latin1, json))
      await refusesWith(t, team, 'malformed-json', () => send(text, {...json, 'content-encoding': 'gzip'}))
    })

    test(`${name} refuses a body that is no object, has an unknown field, or a prototype`, async t => {
      const team = await teamOf(t.title)
      const path = pathFor(route, team)
      for (const body of [null, [], 'text', 1, true, {...bodyFor(route, team), colour: 'red'}]) {
        await refusesWith(t, team, 'invalid-request', () => call(clientOf(team, route), route, path, body))
      }
      const json = {'content-type': 'application/json'}
      const poisoned = '{"__proto__": {"title": "T"}}'
      await refusesWith(t, team, 'invalid-request', () => raw(team, route, t.title, poisoned, json))
    })

    test(`${name} refuses a body of more than 1 MiB, told or not told, plain or compressed`, async t => {
      const team = await teamOf(t.title)
      const big = JSON.stringify({...bodyFor(route, team), description: 'x'.repeat(1024 * 1024)})
      const json = {'content-type': 'application/json'}
      await refusesWith(t, team, 'body-too-large', () => raw(team, route, t.title, big, json))
      const untold = new Blob([big]).stream()
      await refusesWith(t, team, 'body-too-large', () => raw(team, route, t.title, untold, json))
      const small = new Blob([big]).stream().pipeThrough(new CompressionStream('gzip'))
      const zipped = {...json, 'content-encoding': 'gzip'}
      await refusesWith(t, team, 'body-too-large', () => raw(team, route, t.title, small, zipped))
    })
  }

  if (route.method === 'post') {
    test(`${name} sent again with its Idempotency-Key is answered again and alters nothing`, async t => {
      const team = await teamOf(t.title)
      const send = () =>
        call(clientOf(team, route), route, pathFor(route, team), bodyFor(route, team), {
          'idempotency-key': 'k',
        })
      const first = await send()
      t.is(first.status, route.success)
      const before = await server.stateOf(team.organizationId)
      const again = await send()
      t.deepEqual([again.status, again.body], [first.status, first.body])
      t.is(again.headers.get('event-id'), first.headers.get('event-id'))
      t.deepEqual(await server.stateOf(team.organizationId), before)
    })

    test(`${name} refuses an Idempotency-Key that is none, or was of another request`, async t => {
      const team = await teamOf(t.title)
      const send = (key: string, body = bodyFor(route, team)) =>
        call(clientOf(team, route), route, pathFor(route, team), body, {'idempotency-key': key})
      for (const key of ['', 'two words', 'ä', 'x'.repeat(256)]) {
        await refusesWith(t, team, 'invalid-request', () => send(key))
      }
      const longest = 'x'.repeat(255)
      t.is((await send(longest)).status, route.success)
      const [field] = Object.keys(bodyFor(route, team)!)
      await refusesWith(t, team, 'idempotency-key-reused', () =>
        send(longest, {...bodyFor(route, team), [field!]: 'Another'}),
      )
    })
  }

  if (route.conditional) {
    test(`${name} is refused when If-Match names another version, a weak one, or none of ours`, async t => {
      const team = await teamOf(t.title)
      for (const tag of ['"2"', 'W/"1"', '"01"', '"one"', '""', '"2", "3"', '"1,2"', '']) {
        const {body} = await refusesWith(t, team, 'version-mismatch', () =>
          call(clientOf(team, route), route, pathFor(route, team), bodyFor(route, team), {'if-match': tag}),
        )
        t.is(body.version, 1)
      }
    })

    test(`${name} is refused when If-Match is not as it should be`, async t => {
      const team = await teamOf(t.title)
      for (const tag of ['1', '"1', '"1" "2"', '*, "1"', "'1'", 'w/"1"', '"a b"']) {
        await refusesWith(t, team, 'invalid-request', () =>
          call(clientOf(team, route), route, pathFor(route, team), bodyFor(route, team), {'if-match': tag}),
        )
      }
    })

    for (const tag of ['"1"', '*', '"7", "1"', 'W/"1", "1"', ', "1",']) {
      test(`${name} heeds If-Match: ${tag}`, async t => {
        const team = await teamOf(t.title)
        // Only what is owned can be released; then the task is at version 2.
        const isRelease = route.method === 'delete' && route.path.endsWith('/ownership')
        if (isRelease) await team.ada.put(`/tasks/${team.task.id}/ownership`)
        const path = pathFor(route, team)
        const header = {'if-match': isRelease ? tag.replaceAll('1', '2') : tag}
        t.is(
          (await call(clientOf(team, route), route, path, bodyFor(route, team), header)).status,
          route.success,
        )
      })
    }
  }
}

type Team = Awaited<ReturnType<typeof teamOf>>

/** A team with one thing of each kind that a route names. */
async function teamOf(org: string) {
  const team = await server.team(org)
  const {body: comment} = await team.ada.post(`/tasks/${team.task.id}/comments`, {body: 'Mind the valve'})
  const question = {question: 'May we vent?'}
  const {body: escalation} = await team.ada.post(`/projects/${team.project.id}/escalations`, question)
  const call = {body: 'Ada?', mentions: [(await team.ada.caller()).user_id]}
  const {headers} = await team.bob.post(`/tasks/${team.task.id}/comments`, call)
  const [notification] = (await team.ada.get('/notifications')).body.items
  return {...team, comment, escalation, notification, cursor: headers.get('event-id')!}
}

/** Asks, and asserts the code and that nothing of the organization was altered. */
async function refusesWith(
  t: ExecutionContext,
  {organizationId}: Team,
  code: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const before = await server.stateOf(organizationId)
  const answer = await ask()
  t.is(answer.body.code, code)
  t.is(answer.headers.get('content-type'), 'application/problem+json')
  t.deepEqual(await server.stateOf(organizationId), before)
  return answer
}

function call(client: Client, route: Route, path: string, body?: unknown, headers?: Record<string, string>) {
  return route.method === 'get' || route.method === 'delete'
    ? client[route.method](path, headers)
    : client[route.method](path, body, headers)
}

/** Sends the body as it stands, as who may. */
async function raw(
  team: Team,
  route: Route,
  org: string,
  body: NonNullable<RequestInit['body']> | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const who = {ada: {role: 'member', name: 'Ada'}, root: {role: 'admin', name: 'Root'}} as const
  const sub = subOf(route)
  const authorization = `Bearer ${await server.tokenFor({sub, org, ...who[sub]})}`
  const response = await fetch(server.url + apiPrefix + pathFor(route, team), {
    method: route.method.toUpperCase(),
    headers: {authorization, ...headers},
    ...(body !== undefined && {body, duplex: 'half'}),
  })
  return readAnswer(response)
}

/** Who may, and no more. */
function clientOf(team: Team, route: Route): Client {
  return team[subOf(route)]
}

function subOf(route: Route): 'ada' | 'root' {
  return roleFor(route) === 'admin' ? 'root' : 'ada'
}

/** Whether the id in the path is of something that belongs to one member. */
function isOfOne({path}: Route): boolean {
  return path.startsWith('/notifications/{id}')
}

/** The route's path with the id of what the team has of its kind. */
function pathFor({path}: Route, team: Team): string {
  const {project, sprint, story, task, comment, escalation, notification} = team
  const [, kind] = path.split('/')
  const ids: Record<string, string> = {
    projects: project.id,
    sprints: sprint.id,
    stories: story.id,
    tasks: task.id,
    comments: comment.id,
    escalations: escalation.id,
    notifications: notification.id,
  }
  return path.replace('{id}', ids[kind!] ?? '')
}

/** A body that the route accepts. */
function bodyFor({method, path}: Route, {cursor}: Pick<Team, 'cursor'>): Record<string, unknown> | undefined {
  switch (`${method} ${path}`) {
    case 'post /projects':
    case 'post /projects/{id}/sprints':
    case 'patch /projects/{id}':
    case 'patch /sprints/{id}':
      return {name: 'A name'}
    case 'post /projects/{id}/stories':
    case 'post /stories/{id}/tasks':
    case 'patch /stories/{id}':
    case 'patch /tasks/{id}':
      return {title: 'A title'}
    case 'put /tasks/{id}/status':
      return {status: 'cancelled'}
    case 'put /stories/{id}/status':
      return {status: 'done'}
    case 'post /tasks/{id}/comments':
      return {body: 'A comment'}
    case 'post /projects/{id}/escalations':
      return {question: 'A question'}
    case 'post /escalations/{id}/response':
      return {response: 'An answer'}
    case 'post /projects/{id}/activity':
      return {workflow: 'test', type: 'workflow.error', message: 'It failed.'}
    case 'put /projects/{id}/github-secret':
      return {secret: 'sixteen letters.'}
    case 'put /notifications/read':
      return {up_to: cursor}
    default:
      return undefined
  }
}
