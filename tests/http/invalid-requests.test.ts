// Tests that every route rejects invalid requests. The requests are generated from the declarations of the
// routes.
import {gzipSync} from 'node:zlib'
import test, {type ExecutionContext} from 'ava'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import type {Route} from '../../src/http/route.ts'
import {roleFor} from '../../src/http/route.ts'
import {newId} from '../../src/store/ids.ts'
import {type Answer, type Client, readAnswer, startServer} from '../helpers/server.ts'

const server = await startServer()
test.after.always(() => server.close())

// Creating a team takes many requests. Rejected requests do not change a team, so all tests that send only rejected
// requests share the same two teams. These tests run at the same time. Therefore, the state of the teams is compared
// only once, after all tests.
const [rejected, others, viewers] = [teamOf('rejected'), teamOf('others'), teamOf('viewers')]
const initially = statesOfRejected()
test.after('the rejected requests have changed no data', async t => {
  t.deepEqual(await statesOfRejected(), await initially)
})

/** Declares a test whose requests are all rejected, and must change no data. */
function rejects(title: string, run: (t: ExecutionContext, team: Team) => Promise<void>): void {
  test(title, async t => {
    const [team] = await Promise.all([rejected, initially])
    await run(t, team)
  })
}

function statesOfRejected(): Promise<unknown[]> {
  return Promise.all([rejected, others].map(async team => stateOf(await team)))
}

// One function of the server serves all routes: it reads the ids, the body and `If-Match`. Two routes, with a required
// and an optional body, therefore receive all the forms. Every other route receives one or two forms of each kind.
const fullyTested = ['PATCH /tasks/{id}', 'PUT /tasks/{id}/ownership']
const malformedKeys = ['two words', '', 'ä', 'x'.repeat(256)]

for (const route of apiRoutes) {
  const name = `${route.method.toUpperCase()} ${route.path}`
  /** Returns all the forms for the two routes that receive all the forms, and the first `count` forms for others. */
  const formsFor = <Form>(forms: readonly Form[], count = 1) =>
    fullyTested.includes(name) ? forms : forms.slice(0, count)

  rejects(`${name} without credentials is rejected`, async (t, team) => {
    await rejectsWith(t, 'unauthenticated', async () => {
      const response = await fetch(server.url + apiPrefix + pathFor(route, team), {
        method: route.method.toUpperCase(),
      })
      t.is(response.headers.get('www-authenticate'), 'Bearer')
      return readAnswer(response)
    })
  })

  rejects(`${name} with a token in the query is rejected`, async (t, team) => {
    const token = await server.tokenFor({sub: 'ada', org: team.org, role: 'member'})
    await rejectsWith(t, 'unauthenticated', async () => {
      const url = `${server.url}${apiPrefix}${pathFor(route, team)}?token=${token}`
      return readAnswer(await fetch(url, {method: route.method.toUpperCase()}))
    })
  })

  rejects(`${name} with an unknown query parameter is rejected`, async (t, team) => {
    await rejectsWith(t, 'invalid-request', () =>
      call(clientOf(team, route), route, `${pathFor(route, team)}?colour=red`, bodyFor(route, team)),
    )
  })

  if (route.ids) {
    const notFound = route.ids.id!

    rejects(
      `${name} returns ${notFound} for a malformed id, an unknown id, and an id of another organization`,
      async (t, team) => {
        const foreign = await others
        for (const id of formsFor(['%00', '1', 'null', '..%2f', newId().replaceAll('-', ''), '🚀'])) {
          await rejectsWith(t, notFound, () =>
            call(clientOf(team, route), route, pathFor(route, team, id), bodyFor(route, team)),
          )
        }
        const unknown = await rejectsWith(t, notFound, () =>
          call(clientOf(team, route), route, pathFor(route, team, newId()), bodyFor(route, team)),
        )
        const theirs = await rejectsWith(t, notFound, () =>
          call(clientOf(team, route), route, pathFor(route, foreign), bodyFor(route, team)),
        )
        t.deepEqual(theirs.body, unknown.body)
      },
    )
  }

  const needed = roleFor(route)
  if (needed === 'viewer') {
    test(`${name} is allowed for viewers`, async t => {
      const team = await viewers
      const path = pathFor(route, team) + (route.path === '/search' ? '?q=tank' : '')
      const {status, body} = await call(team.vic, route, path, bodyFor(route, team))
      // A notification belongs to one member. Vic has no notifications, so the notification in the path is not found.
      if (belongsToOneMember(route)) t.is(body.code, route.ids!.id)
      else t.is(status, route.success)
    })
  } else {
    rejects(`${name} is forbidden for viewers`, async (t, team) => {
      const {body} = await rejectsWith(t, 'role-insufficient', () =>
        call(team.vic, route, pathFor(route, team), bodyFor(route, team)),
      )
      t.like(body, {role: 'viewer', needed})
    })
  }

  if (route.body) {
    rejects(`${name} rejects a body or content type that is not JSON`, async (t, team) => {
      const send = (body: NonNullable<RequestInit['body']> | undefined, headers: Record<string, string>) =>
        sendRaw(team, route, body, headers)
      const json = {'content-type': 'application/json'}
      const text = JSON.stringify(bodyFor(route, team))

      if (!route.isBodyOptional) await rejectsWith(t, 'unsupported-media-type', () => send(undefined, {}))
      await rejectsWith(t, 'unsupported-media-type', () => send(text, {}))
      for (const type of formsFor([
        'text/plain',
        'text/json',
        'application/json-patch+json',
        'application/x-www-form-urlencoded',
        'application/xml',
      ])) {
        await rejectsWith(t, 'unsupported-media-type', () => send(text, {'content-type': type}))
      }
      for (const encoding of formsFor(['zip'], 0)) {
        await rejectsWith(t, 'unsupported-media-type', () =>
          send(text, {...json, 'content-encoding': encoding}),
        )
      }
      const empty = route.isBodyOptional ? [] : ['']
      const latin1 = Buffer.from(text.replace('{', '{"é": 1, '), 'latin1')
      const broken = ['{', latin1, '{"title": }', "{'title': 1}", '{} {}', 'title=1', '\u0000', ...empty]
      for (const body of formsFor(broken)) await rejectsWith(t, 'malformed-json', () => send(body, json))
      for (const encoding of formsFor(['gzip'], 0)) {
        await rejectsWith(t, 'malformed-json', () => send(text, {...json, 'content-encoding': encoding}))
      }
    })

    rejects(
      `${name} rejects a body that is not an object, has an unknown field, or sets __proto__`,
      async (t, team) => {
        const path = pathFor(route, team)
        const unknownField = {...bodyFor(route, team), colour: 'red'}
        for (const body of formsFor([unknownField, [], null, 'text', 1, true], 2)) {
          await rejectsWith(t, 'invalid-request', () => call(clientOf(team, route), route, path, body))
        }
        const json = {'content-type': 'application/json'}
        const poisoned = '{"__proto__": {"title": "T"}}'
        await rejectsWith(t, 'invalid-request', () => sendRaw(team, route, poisoned, json))
      },
    )

    rejects(
      `${name} rejects a body of more than 1 MiB, even when the body is compressed or has no Content-Length`,
      async (t, team) => {
        const big = JSON.stringify({...bodyFor(route, team), description: 'x'.repeat(1024 * 1024)})
        const json = {'content-type': 'application/json'}
        const zipped = {...json, 'content-encoding': 'gzip'}
        await rejectsWith(t, 'body-too-large', () => sendRaw(team, route, gzipSync(big), zipped))
        for (const body of formsFor([big, new Blob([big]).stream()], 0)) {
          await rejectsWith(t, 'body-too-large', () => sendRaw(team, route, body, json))
        }
      },
    )
  }

  if (route.issue) {
    test(`${name} ignores an Idempotency-Key: each request creates another credential, and no response is stored`, async t => {
      const team = await teamOf(t.title)
      const answers = []
      for (const key of ['k', 'k', 'two words']) {
        const headers = {'idempotency-key': key}
        const path = pathFor(route, team)
        answers.push(await call(clientOf(team, route), route, path, bodyFor(route, team), headers))
      }
      t.true(answers.every(({status}) => status === route.success))
      t.is(new Set(answers.map(({body}) => JSON.stringify(body))).size, 3)
      const stored = await server.db
        .selectFrom('idempotency_keys')
        .select('key')
        .where('organization_id', '=', team.organizationId)
        .execute()
      t.deepEqual(stored, [])
    })
  }

  if (route.method === 'post' && route.change) {
    // When a route declares the problem `secret-already-shown`, the response of the route contains a secret. Therefore,
    // the server does not store the response.
    const isSecret = route.problems?.includes('secret-already-shown')
    test(`when ${name} is repeated with the same Idempotency-Key, ${isSecret ? 'the response names the created resource' : 'the first response is returned'} and nothing changes; a key that is malformed or was used for another request is rejected`, async t => {
      const team = await teamOf(t.title)
      const send = (key: string, body = bodyFor(route, team)) =>
        call(clientOf(team, route), route, pathFor(route, team), body, {'idempotency-key': key})
      const unchanged = await stateOf(team)
      for (const key of route.path === '/projects' ? malformedKeys : ['two words']) {
        await rejectsWith(t, 'invalid-request', () => send(key))
      }
      t.deepEqual(await stateOf(team), unchanged)

      const longest = 'x'.repeat(255)
      const first = await send(longest)
      t.is(first.status, route.success)
      const changed = await stateOf(team)
      const again = await send(longest)
      if (isSecret) {
        t.like(again, {status: 409, body: {code: 'secret-already-shown', id: first.body.id}})
      } else {
        t.deepEqual([again.status, again.body], [first.status, first.body])
        t.is(again.headers.get('event-id'), first.headers.get('event-id'))
      }
      const [field] = Object.keys(bodyFor(route, team)!)
      await rejectsWith(t, 'idempotency-key-reused', () =>
        send(longest, {
          ...bodyFor(route, team),
          [field!]: Array.isArray(bodyFor(route, team)![field!]) ? [newId()] : 'Another',
        }),
      )
      t.deepEqual(await stateOf(team), changed)
    })
  }

  if (route.conditional) {
    rejects(
      `${name} is rejected when If-Match has another version, a weak tag or an unknown tag`,
      async (t, team) => {
        for (const tag of formsFor(
          ['"2"', 'W/"1"', '"01"', '"one"', '""', '"2", "3"', '"1,2"', '"1-x"', ''],
          2,
        )) {
          const {body} = await rejectsWith(t, 'version-mismatch', () =>
            call(clientOf(team, route), route, pathFor(route, team), bodyFor(route, team), {'if-match': tag}),
          )
          t.is(body.version, 1)
        }
      },
    )

    rejects(`${name} is rejected when If-Match is malformed`, async (t, team) => {
      for (const tag of formsFor(['1', '"1', '"1" "2"', '*, "1"', "'1'", 'w/"1"', '"a b"'])) {
        await rejectsWith(t, 'invalid-request', () =>
          call(clientOf(team, route), route, pathFor(route, team), bodyFor(route, team), {'if-match': tag}),
        )
      }
    })

    const tags = ['"1"', '*', '"7", "1-0123456789abcdef"', 'W/"1", "1"', ', "1",']
    for (const tag of formsFor(tags)) {
      test(`${name} succeeds with If-Match: ${tag}`, async t => {
        const team = await teamOf(t.title)
        // Only an owned task can be released, so Ada takes the task first. After that, the version of the task is 2.
        const isRelease = route.method === 'delete' && route.path.endsWith('/ownership')
        if (isRelease) await team.ada.put(`/tasks/${team.task.id}/ownership`)
        const path = pathFor(route, team)
        const header = {'if-match': isRelease ? tag.replaceAll('"1', '"2') : tag}
        t.is(
          (await call(clientOf(team, route), route, path, bodyFor(route, team), header)).status,
          route.success,
        )
      })
    }
  }
}

type Team = Awaited<ReturnType<typeof teamOf>>

/** Creates a team with one resource of each kind that occurs in the path of a route. */
async function teamOf(org: string) {
  const team = await server.team(org)
  const {body: comment} = await team.ada.post(`/tasks/${team.task.id}/comments`, {body: 'Mind the valve'})
  const item = {id: newId(), text: 'Vent', is_done: false}
  // The item is not added with a request, because the tests of If-Match need a task with version 1.
  await server.db
    .updateTable('tasks')
    .set({checklist: JSON.stringify([item]), checklist_count: 1})
    .where('id', '=', team.task.id)
    .execute()
  // The blocker is not added with a request either.
  const {body: blocker} = await team.ada.post(`/stories/${team.story.id}/tasks`, {title: 'Weld'})
  const {organization_id, project_id} = {organization_id: team.organizationId, project_id: team.project.id}
  await server.db
    .insertInto('task_blockers')
    .values({organization_id, project_id, task_id: team.task.id, blocker_id: blocker.id})
    .execute()
  const {body: label} = await team.ada.post(`/projects/${team.project.id}/labels`, {name: 'Safety'})
  const question = {question: 'May we vent?'}
  const {body: escalation} = await team.ada.post(`/projects/${team.project.id}/escalations`, question)
  const mention = {body: 'Ada?', mentions: [(await team.ada.caller()).user_id]}
  const {headers} = await team.bob.post(`/tasks/${team.task.id}/comments`, mention)
  const [notification] = (await team.ada.get('/notifications')).body.items
  const {body: apiKey} = await team.root.post('/api-keys', {name: 'Robot', role: 'member'})
  return {
    ...team,
    org,
    item,
    blocker,
    label,
    comment,
    escalation,
    notification,
    apiKey,
    cursor: headers.get('event-id')!,
  }
}

function stateOf({organizationId}: Team): Promise<unknown> {
  return server.stateOf(organizationId)
}

/** Calls `send` to make a request. Asserts that the request is rejected with `code`. */
async function rejectsWith(t: ExecutionContext, code: string, send: () => Promise<Answer>): Promise<Answer> {
  const answer = await send()
  t.is(answer.body.code, code)
  t.is(answer.headers.get('content-type'), 'application/problem+json')
  return answer
}

function call(client: Client, route: Route, path: string, body?: unknown, headers?: Record<string, string>) {
  return route.method === 'get' || route.method === 'delete'
    ? client[route.method](path, headers)
    : client[route.method](path, body, headers)
}

/** Sends the body unchanged, as a member whose role is sufficient for the route. */
async function sendRaw(
  team: Team,
  route: Route,
  body: NonNullable<RequestInit['body']> | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const who = {ada: {role: 'member', name: 'Ada'}, root: {role: 'admin', name: 'Root'}} as const
  const sub = subOf(route)
  const authorization = `Bearer ${await server.tokenFor({sub, org: team.org, ...who[sub]})}`
  const response = await fetch(server.url + apiPrefix + pathFor(route, team), {
    method: route.method.toUpperCase(),
    headers: {authorization, ...headers},
    ...(body !== undefined && {body, duplex: 'half'}),
  })
  return readAnswer(response)
}

/** When the route requires an admin, returns the client of an admin. Otherwise, returns the client of a member. */
function clientOf(team: Team, route: Route): Client {
  return team[subOf(route)]
}

function subOf(route: Route): 'ada' | 'root' {
  return roleFor(route) === 'admin' ? 'root' : 'ada'
}

/** Whether the id in the path identifies a resource that belongs to one member. */
function belongsToOneMember({path}: Route): boolean {
  return path.startsWith('/notifications/{id}')
}

/** The route's path with the given id, or with the id of the team's resource, instead of `{id}`. */
function pathFor({path}: Route, team: Team, id?: string): string {
  const {project, label, sprint, story, task, item, blocker, comment, escalation, notification, apiKey} = team
  const [, kind] = path.split('/')
  const ids: Record<string, string> = {
    projects: project.id,
    labels: label.id,
    sprints: sprint.id,
    stories: story.id,
    tasks: task.id,
    comments: comment.id,
    escalations: escalation.id,
    notifications: notification.id,
    'api-keys': apiKey.id,
    members: apiKey.member_id,
  }
  return path
    .replace('{id}', id ?? ids[kind!] ?? '')
    .replace('{item_id}', item.id)
    .replace('{blocker_id}', blocker.id)
    .replace('{label_id}', label.id)
}

/** A body that the route accepts. */
function bodyFor(
  {method, path}: Route,
  {cursor, sprint, task}: Pick<Team, 'cursor' | 'sprint' | 'task'>,
): Record<string, unknown> | undefined {
  switch (`${method} ${path}`) {
    case 'post /projects':
    case 'post /projects/{id}/labels':
    case 'patch /labels/{id}':
    case 'post /projects/{id}/sprints':
    case 'patch /projects/{id}':
    case 'patch /sprints/{id}':
      return {name: 'A name'}
    case 'post /projects/{id}/stories':
    case 'post /stories/{id}/tasks':
    case 'patch /stories/{id}':
    case 'patch /tasks/{id}':
      return {title: 'A title'}
    case 'post /tasks/{id}/checklist':
    case 'patch /tasks/{id}/checklist/{item_id}':
      return {text: 'An item'}
    case 'put /tasks/{id}/status':
      return {status: 'cancelled'}
    case 'put /sprints/{id}/status':
      return {status: 'active'}
    case 'put /tasks/{id}/ownership':
      return {}
    case 'put /tasks/{id}/rank':
      return {before_task_id: null}
    case 'post /tasks/changes':
      return {task_ids: [task.id], changes: {priority: 'low'}}
    case 'post /tasks/deletions':
      return {task_ids: [task.id]}
    case 'put /stories/{id}/rank':
      return {before_story_id: null}
    case 'put /stories/{id}/status':
      return {status: 'done'}
    case 'post /tasks/{id}/comments':
      return {body: 'A comment'}
    case 'patch /comments/{id}':
      return {body: 'Another comment'}
    case 'post /projects/{id}/escalations':
      return {question: 'A question'}
    case 'post /escalations/{id}/response':
      return {response: 'An answer'}
    case 'post /projects/{id}/activity':
      return {workflow: 'test', type: 'workflow.error', message: 'It failed.'}
    case 'put /projects/{id}/github-secret':
      return {secret: 'sixteen letters.'}
    case 'patch /members/{id}':
      return {role: 'admin'}
    case 'post /api-keys':
      return {name: 'A name', role: 'member'}
    case 'put /sprints/{id}/presence':
      return {client_id: 'tab', task_id: null}
    case 'post /divergences':
      return {
        sprint_id: sprint.id,
        cursor: 'ya5l6jkrjdnne-44',
        expected: 'a'.repeat(64),
        actual: 'b'.repeat(64),
      }
    case 'post /events/tickets':
      return {topics: ['tasks']}
    case 'put /notifications/read':
      return {up_to: cursor}
    default:
      return undefined
  }
}
