// Tests GitHub webhooks: their signatures, the deliveries that become events, and the secret that a project shares
// with GitHub.
import {createHmac, randomUUID} from 'node:crypto'
import {sql} from 'kysely'
import {pino} from 'pino'
import {readDelivery} from '../../src/http/github-payload.ts'
import {newId} from '../../src/store/ids.ts'
import {prune} from '../../src/store/pruning.ts'
import * as payloads from '../helpers/github-payloads.ts'
import {readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Answer, readAnswer, type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const secret = 'A secret shared with GitHub'
let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

interface Delivery {
  project: string
  event?: string
  payload?: unknown
  /** The raw body. Default: the payload as JSON. */
  body?: string
  /** The header X-Hub-Signature-256. Default: the valid signature. With null, the request has no such header. */
  signature?: string | null
  /** The header X-GitHub-Delivery. Default: a new UUID. With null, the request has no such header. */
  delivery?: string | null
  /** The secret that signs the body. Default: the secret of `teamWithSecret`. */
  secret?: string
}

async function deliver(delivery: Delivery, on = server): Promise<Answer> {
  const {project, event, payload, signature, secret: key = secret} = delivery
  const body = delivery.body ?? JSON.stringify(payload)
  const headers = {
    'content-type': 'application/json',
    'x-github-event': event ?? null,
    'x-github-delivery': delivery.delivery === undefined ? randomUUID() : delivery.delivery,
    'x-hub-signature-256': signature === undefined ? sign(body, key) : signature,
  }
  const present = Object.entries(headers).filter((header): header is [string, string] => header[1] !== null)
  const url = `${on.url}/api/v1/hooks/github/${project}`
  return readAnswer(await fetch(url, {method: 'POST', headers: Object.fromEntries(present), body}))
}

function sign(body: string, key: string): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}

/** Creates a team, and sets `secret` as the GitHub secret of its project. */
async function teamWithSecret(title: string, on = server) {
  const team = await on.team(title)
  const answer = await team.root.put(`/projects/${team.project.id}/github-secret`, {secret})
  if (answer.status !== 204) throw new Error(JSON.stringify(answer.body))
  return team
}

const recordedDeliveries = [
  ['pull_request', payloads.opened, 'pr.created'],
  ['pull_request', payloads.merged, 'pr.merged'],
  ['workflow_run', payloads.failed, 'workflow.error'],
] as const

test('when a supported delivery is sent twice, one event without an actor is recorded, streamed and listed as an activity', async t => {
  const {ada, project, organizationId} = await teamWithSecret(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const stream = await Stream.open(`${server.url}/api/v1/events/projects?token=${token}`)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  for (const [event, payload] of recordedDeliveries) {
    const delivery = randomUUID()
    for (const outcome of ['recorded', 'repeated']) {
      const {status, body} = await deliver({project: project.id, event, payload, delivery})
      t.is(status, 202)
      t.deepEqual(body, {outcome})
    }
  }
  await stream.waitFor('workflow.error')
  const common = {actor_user_id: null, project_id: project.id}
  const pr = {
    number: 2,
    title: 'Update the README with new information.',
    url: 'https://github.com/Codertocat/Hello-World/pull/2',
    author: 'Codertocat',
  }
  const run = 'https://github.com/octo-org/octo-repo/actions/runs/289782451'
  const message = `run 7 on master ended with failure: ${run}`
  const received = stream.events.map(({data: {timestamp: _, ...data}}) => data)
  t.deepEqual(received, [
    {type: 'pr.created', ...common, pr},
    {type: 'pr.merged', ...common, pr},
    {type: 'workflow.error', ...common, workflow: 'test', message},
  ])
  const events = (await readEvents(server.db, organizationId)).slice(-3)
  t.deepEqual(
    events,
    stream.events.map(({data}) => data),
  )
  const {items} = (await ada.get(`/projects/${project.id}/activity`)).body
  t.deepEqual(items.map(({id: _, ...event}: {id: string}) => event).reverse(), events)
})

test('a delivery with an unsupported event, action or outcome is accepted and ignored', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = await server.stateOf(organizationId)
  const {workflow_run} = payloads.failed
  const ignored: [event: string | undefined, payload: unknown][] = [
    ['ping', {zen: 'Design for failure.', hook_id: 1}],
    ['push', {ref: 'refs/heads/master', commits: []}],
    [undefined, payloads.opened],
    ['pull_request', payloads.closed],
    ['pull_request', {...payloads.merged, action: 'synchronize'}],
    ['workflow_run', payloads.succeeded],
    ['workflow_run', {...payloads.failed, action: 'requested'}],
    ['workflow_run', {...payloads.failed, workflow_run: {...workflow_run, conclusion: 'cancelled'}}],
    ['workflow_run', {...payloads.failed, workflow_run: {...workflow_run, conclusion: null}}],
    ['issues', []],
  ]
  for (const [event, payload] of ignored) {
    const {status, body} = await deliver({project: project.id, ...(event && {event}), payload})
    t.is(status, 202)
    t.deepEqual(body, {outcome: 'ignored'})
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a pull request and a commit that name the key of a task are linked to it, also in another project; older deliveries change nothing', async t => {
  const {ada, root, project, story, task, organizationId} = await teamWithSecret(t.title)
  const {body: other} = await root.post('/projects', {name: 'Rover'})
  const {body: elsewhere} = await ada.post(`/projects/${other.id}/stories`, {title: 'Drive'})
  const {body: second} = await ada.post(`/stories/${elsewhere.id}/tasks`, {title: 'Steer'})
  const theirs = await server.team(`${t.title}, theirs`)
  t.is(theirs.task.key, task.key, 'a task of another organization has the same key')
  const pull = (fields: object, updated_at: string) => {
    const named = {...payloads.opened.pull_request, title: 'Fill', body: null, updated_at, ...fields}
    return {...payloads.opened, action: 'edited', pull_request: named}
  }
  const send = async (payload: object, event = 'pull_request', delivery = randomUUID()) =>
    (await deliver({project: project.id, event, payload, delivery})).body.outcome
  const linksOf = async ({id}: {id: string}) => (await ada.get(`/tasks/${id}`)).body.links
  const head = {ref: `ada/${task.key.toLowerCase()}-fill`}
  const [at, later, latest] = ['2026-01-01T10:00:00Z', '2026-01-01T10:00:01Z', '2026-01-02T10:00:00Z']

  t.is(await send(pull({head, body: `Also ${second.key}, not A${task.key} or ${task.key}0`}, at)), 'recorded')
  const {html_url: url} = payloads.opened.pull_request
  const open = {
    kind: 'pull_request',
    url,
    title: 'Fill',
    state: 'open',
    updated_at: '2026-01-01T10:00:00.000Z',
  }
  t.deepEqual(await linksOf(task), [open])
  t.deepEqual(await linksOf(second), [open])
  const [event] = (await readEvents(server.db, organizationId)).slice(-2)
  t.like(event, {type: 'task.links.changed', actor_user_id: null, task_id: task.id, version: 2})
  t.is(await send(pull({head}, at)), 'ignored', 'GitHub delivers it again')

  t.is(await send(pull({state: 'closed', merged: true}, later)), 'recorded', 'it names no key any more')
  t.is(await send(pull({head}, at)), 'ignored')
  t.is(await send(pull({head, state: 'closed'}, later)), 'ignored', 'in the same second, merged wins')
  const merged = {...open, state: 'merged', updated_at: '2026-01-01T10:00:01.000Z'}
  t.deepEqual(await linksOf(task), [merged])
  const commit = {url: `${url}/commits/1`, message: `Weld it\n\nCloses ${task.key}`, timestamp: latest}
  const push = {
    ref: 'refs/heads/main',
    commits: [commit, {...commit, url: `${url}/commits/2`, message: 'Other'}],
  }
  t.is(await send(push, 'push'), 'recorded')
  t.is(await send(push, 'push'), 'ignored')
  const linked = {kind: 'commit', url: commit.url, title: 'Weld it', state: null}
  t.deepEqual(await linksOf(task), [merged, {...linked, updated_at: '2026-01-02T10:00:00.000Z'}])
  await ada.patch(`/tasks/${task.id}`, {title: 'Fill both'})
  t.is((await linksOf(task)).length, 2, 'an edit keeps the links')

  const {items} = (await ada.get(`/tasks/${task.id}/history`)).body
  t.deepEqual(items[1].changes, [{field: 'links'}])
  const {body: board} = await ada.get(`/sprints/${story.sprint_id}/board`)
  t.false('links' in board.stories[0].tasks[0])
  t.deepEqual((await theirs.ada.get(`/tasks/${task.key}`)).body.links, [])
})

test('one push is linked to the tasks of its first 20 keys', t => {
  const timestamp = '2026-01-02T10:00:00Z'
  const commits = Array.from({length: 100}, (_, commit) => {
    const keys = Array.from({length: 15}, (_, key) => `WEB-${commit * 10 + key + 1}`)
    return {url: `https://github.example/${commit}`, message: keys.join(' '), timestamp}
  })
  const {links} = readDelivery('push', {commits})
  const first = Array.from({length: 20}, (_, key) => `WEB-${key + 1}`)
  t.deepEqual([...new Set(links.flatMap(({keys}) => keys))], first)
  t.deepEqual(
    links.map(({keys}) => keys.length),
    [15, 10],
  )
})

test('a commit with an impossible time does not keep the other commits of a push from being linked', t => {
  const commit = {url: 'https://github.example/1', message: 'WEB-1', timestamp: '2026-01-02T10:00:00Z'}
  const {links} = readDelivery('push', {
    commits: [{...commit, timestamp: '0000-01-01T00:00:00+02:00'}, commit],
  })
  t.deepEqual(
    links.map(({link}) => link.updated_at),
    ['2026-01-02T10:00:00.000Z'],
  )
})

test('labels, reviews and new commits of a pull request do not change the link of its tasks', async t => {
  const {ada, project, task, organizationId} = await teamWithSecret(t.title)
  const send = async (action: string, updated_at: string, fields: object = {}) => {
    const named = {...payloads.opened.pull_request, title: task.key, updated_at, ...fields}
    const payload = {...payloads.opened, action, pull_request: named}
    return (await deliver({project: project.id, event: 'pull_request', payload})).body.outcome
  }
  t.is(await send('opened', '2026-01-01T10:00:00Z'), 'recorded')
  const {length} = await readEvents(server.db, organizationId)
  for (const action of ['labeled', 'review_requested', 'synchronize'])
    t.is(await send(action, '2026-01-01T11:00:00Z'), 'ignored')
  t.is((await readEvents(server.db, organizationId)).length, length)
  await send('closed', '2026-01-01T12:00:00Z', {state: 'closed', merged: false})
  t.like((await ada.get(`/tasks/${task.id}`)).body, {version: 3, links: [{state: 'closed'}]})
})

test('the time of a delivery is that of its commit, also when it waits for a task', async t => {
  const {ada, project, task} = await teamWithSecret(t.title)
  const commit = {url: 'https://github.example/1', message: task.key, timestamp: '2026-01-02T10:00:00Z'}
  let delivered: Promise<Answer> | undefined
  let held = ''
  await server.db.transaction().execute(async trx => {
    await trx.selectFrom('tasks').select('id').where('id', '=', task.id).forUpdate().execute()
    delivered = deliver({project: project.id, event: 'push', payload: {commits: [commit]}})
    const waiting = sql<{count: number}>`select count(*) from pg_locks where not granted`
    await until(async () => (await waiting.execute(server.db)).rows[0]!.count > 0)
    held = new Date().toISOString()
  })
  t.is((await delivered!).status, 202)
  t.true((await ada.get(`/tasks/${task.id}`)).body.updated_at >= held)
})

test('an unknown project, a project without a secret and an invalid signature all get the same 401 response', async t => {
  const {project, organizationId, ada} = await teamWithSecret(t.title)
  const theirs = await server.team(`${t.title}, theirs`)
  const other = 'Another secret of GitHub'
  await theirs.root.put(`/projects/${theirs.project.id}/github-secret`, {secret: other})
  const {body: bare} = await ada.post('/projects', {name: 'Without a secret'})
  const before = await server.stateOf(organizationId)

  const opened = {event: 'pull_request', payload: payloads.opened}
  const body = JSON.stringify(payloads.opened)
  const validSignature = sign(body, secret)
  const refused: Delivery[] = [
    {project: newId(), ...opened},
    {project: 'null', ...opened},
    {project: '%00', ...opened},
    {project: bare.id, ...opened},
    {project: bare.id, ...opened, secret: ''},
    {project: theirs.project.id, ...opened},
    {project: project.id, ...opened, secret: other},
    {project: project.id, ...opened, secret: ''},
    {project: project.id, ...opened, signature: null},
    {project: project.id, ...opened, signature: ''},
    {project: project.id, ...opened, signature: validSignature.replace('sha256=', '')},
    {project: project.id, ...opened, signature: validSignature.replace('sha256=', 'sha1=')},
    {project: project.id, ...opened, signature: validSignature.slice(0, -1)},
    {project: project.id, ...opened, signature: `${validSignature}0`},
    {project: project.id, ...opened, signature: `sha256=${'g'.repeat(64)}`},
    {project: project.id, ...opened, signature: `sha256=${'0'.repeat(64)}`},
    {project: project.id, ...opened, body: `${body} `, signature: validSignature},
    {project: project.id, event: 'ping', body: 'not JSON', signature: validSignature},
  ]
  const answers = await Promise.all(refused.map(delivery => deliver(delivery)))
  for (const [index, {status, body, headers}] of answers.entries()) {
    t.is(status, 401, JSON.stringify(refused[index]))
    t.is(body.code, 'invalid-signature')
    t.deepEqual(body, answers[0]!.body)
    t.deepEqual([...headers.keys()], [...answers[0]!.headers.keys()])
  }
  t.deepEqual(await server.stateOf(organizationId), before)
  const {outcome} = (
    await deliver({
      project: project.id.toUpperCase(),
      ...opened,
      signature: validSignature.toUpperCase().replace('SHA', 'sha'),
    })
  ).body
  t.is(outcome, 'recorded', 'an id and a signature in upper case are accepted')
})

test('the example signature in GitHub’s documentation is accepted, and a signed body that is not JSON is rejected', async t => {
  const {root, project, organizationId} = await server.team(t.title)
  await root.put(`/projects/${project.id}/github-secret`, {secret: "It's a Secret to Everybody"})
  const before = await server.stateOf(organizationId)
  // [spec] docs.github.com, "Testing the webhook payload validation".
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const example = await deliver({project: project.id, event: 'ping', body: 'Hello, World!', signature})
  t.like(example, {status: 400, body: {code: 'malformed-json'}})
  const secret = "It's a Secret to Everybody"
  for (const body of ['', `payload=${encodeURIComponent('{}')}`, '{"action": "opened"']) {
    const answer = await deliver({project: project.id, event: 'pull_request', body, secret})
    t.like(answer, {status: 400, body: {code: 'malformed-json'}})
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a signed delivery with a missing or invalid field is rejected, and the error names the field', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = await server.stateOf(organizationId)
  const {pull_request, ...rest} = payloads.opened
  const {title: _, ...untitled} = pull_request
  const invalidPayloads: [payload: unknown, path: string][] = [
    [[], ''],
    [null, ''],
    [{}, 'action'],
    [rest, 'pull_request'],
    [{...rest, pull_request: untitled}, 'pull_request.title'],
    [{...rest, pull_request: {...pull_request, title: ' '}}, 'pr.title'],
    [{...rest, pull_request: {...pull_request, title: 'a\u0000b'}}, 'pr.title'],
    [{...rest, pull_request: {...pull_request, html_url: 'javascript:alert(1)'}}, 'pr.url'],
  ]
  for (const [payload, path] of invalidPayloads) {
    const {body} = await deliver({project: project.id, event: 'pull_request', payload})
    t.is(body.code, 'invalid-request')
    t.is(body.errors[0].path, path)
  }
  for (const delivery of [null, '', 'two words', 'x'.repeat(101)]) {
    const given = {project: project.id, event: 'pull_request', payload: payloads.opened, delivery}
    t.is((await deliver(given)).body.code, 'invalid-request')
  }
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a signed body with line breaks and non-ASCII characters is accepted; when the account of the author was deleted, the name of the author is “ghost”', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const pull_request = {...payloads.opened.pull_request, title: 'Zoë’s 🚀', user: null}
  const body = JSON.stringify({...payloads.opened, pull_request}, null, 2)
  t.is((await deliver({project: project.id, event: 'pull_request', body})).status, 202)
  const event = (await readEvents(server.db, organizationId)).at(-1)
  t.like(event, {type: 'pr.created', pr: {title: 'Zoë’s 🚀', author: 'ghost'}})
})

test('a body of more than 2 MiB is rejected for a known and for an unknown project', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = await server.stateOf(organizationId)
  const body = JSON.stringify({zen: 'x'.repeat(2 * 1024 * 1024)})
  for (const given of [{project: project.id}, {project: newId()}]) {
    t.like(await deliver({...given, event: 'ping', body}), {status: 413, body: {code: 'body-too-large'}})
  }
  const largest = JSON.stringify({zen: 'x'.repeat(2 * 1024 * 1024 - 10)})
  t.is((await deliver({project: project.id, event: 'ping', body: largest})).status, 202)
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('a delivery that arrives in twenty concurrent requests is recorded once', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = (await readEvents(server.db, organizationId)).length
  const given = {project: project.id, event: 'pull_request', payload: payloads.opened, delivery: randomUUID()}
  const outcomes = (await Promise.all(Array.from({length: 20}, () => deliver(given)))).map(
    ({body}) => body.outcome,
  )
  t.deepEqual(outcomes.sort(), ['recorded', ...Array(19).fill('repeated')])
  t.is((await readEvents(server.db, organizationId)).length, before + 1)
})

test('a repeated delivery is recognized for 7 days, but only in the same project', async t => {
  const {ada, root, project} = await teamWithSecret(t.title)
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  await root.put(`/projects/${other.id}/github-secret`, {secret})
  const given = {project: project.id, event: 'pull_request', payload: payloads.opened, delivery: randomUUID()}
  const outcome = async (delivery: Delivery) => (await deliver(delivery)).body.outcome
  t.is(await outcome(given), 'recorded')
  t.is(await outcome({...given, project: other.id}), 'recorded')

  const pruneAfter = async (days: number) => {
    const received_at = new Date(Date.now() - days * 86_400_000).toISOString()
    const deliveries = server.db.updateTable('github_deliveries').set({received_at})
    await deliveries.where('delivery', '=', given.delivery).execute()
    const log = pino({level: 'silent'})
    return prune({db: server.db, eventRetentionDays: 3_000, batchSize: 1, log})
  }
  t.is((await pruneAfter(6.99)).deliveries, 0)
  t.is(await outcome(given), 'repeated')
  t.is((await pruneAfter(7.01)).deliveries, 2)
  t.is(await outcome(given), 'recorded')
})

test('only admins can set the GitHub secret of a project; a new secret has at least 16 characters and replaces the previous secret', async t => {
  const {ada, root, project} = await server.team(t.title)
  const path = `/projects/${project.id}/github-secret`
  t.like((await ada.put(path, {secret})).body, {code: 'role-insufficient', needed: 'admin'})
  for (const wrong of ['fifteen letters', 'x'.repeat(1_001), `${secret}\u0000`, null, 1]) {
    const {body} = await root.put(path, {secret: wrong})
    t.is(body.code, 'invalid-request')
    if (typeof wrong === 'string') t.false(JSON.stringify(body).includes(wrong))
  }
  const given = {project: project.id, event: 'ping', payload: {}}
  t.is((await deliver(given)).status, 401)
  t.is((await root.put(path, {secret: 'sixteen letters.'})).status, 204)
  t.is((await deliver({...given, secret: 'sixteen letters.'})).status, 202)
  t.is((await root.put(path, {secret})).status, 204)
  t.is((await deliver({...given, secret: 'sixteen letters.'})).status, 401)
  t.is((await deliver(given)).status, 202)
})

test('the GitHub secret never appears in plain text in the database, in the log lines of the server or in the project', async t => {
  const {ada, project} = await teamWithSecret(t.title)
  await deliver({project: project.id, event: 'ping', payload: {}})
  const rows = await server.db.selectFrom('github_secrets').selectAll().execute()
  for (const {sealed} of rows) t.false(sealed.includes(secret.slice(0, 8)))
  t.false(JSON.stringify(server.log).includes(secret))
  t.false(JSON.stringify((await ada.get(`/projects/${project.id}`)).body).includes(secret))
})

test('deliveries are rejected when the stored secret was copied from another project, or when SECRETS_KEY has changed', async t => {
  const {ada, root, project} = await teamWithSecret(t.title)
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  await root.put(`/projects/${other.id}/github-secret`, {secret: 'sixteen letters.'})
  const {sealed} = await server.db
    .selectFrom('github_secrets')
    .select('sealed')
    .where('project_id', '=', project.id)
    .executeTakeFirstOrThrow()
  const others = server.db.updateTable('github_secrets').set({sealed})
  await others.where('project_id', '=', other.id).execute()
  const given = {event: 'ping', payload: {}}
  t.is((await deliver({project: other.id, ...given})).status, 401)
  t.is((await deliver({project: other.id, ...given, secret: 'sixteen letters.'})).status, 401)

  t.is((await deliver({project: project.id, ...given})).status, 202)
  const rekeyed = await startServer({store: server.store, secretsKey: 'y'.repeat(32)})
  t.teardown(() => rekeyed.close())
  t.is((await deliver({project: project.id, ...given}, rekeyed)).status, 401)
})

test('deleting a project deletes its secret and its deliveries', async t => {
  const {root, project} = await teamWithSecret(t.title)
  const given = {project: project.id, event: 'pull_request', payload: payloads.opened}
  t.is((await deliver(given)).status, 202)
  t.is((await root.delete(`/projects/${project.id}`)).status, 204)
  t.is((await deliver(given)).body.code, 'invalid-signature')
  for (const table of ['github_secrets', 'github_deliveries'] as const) {
    const rows = await server.db.selectFrom(table).selectAll().where('project_id', '=', project.id).execute()
    t.deepEqual(rows, [])
  }
})

test('when SECRETS_KEY is not set, setting a secret and receiving a delivery both fail with secrets-key-missing', async t => {
  const bare = await startServer({store: server.store, secretsKey: null})
  t.teardown(() => bare.close())
  const {root, project} = await bare.team(t.title)
  const set = await root.put(`/projects/${project.id}/github-secret`, {secret})
  t.like(set, {status: 501, body: {code: 'secrets-key-missing'}})
  const delivered = await deliver({project: project.id, event: 'ping', payload: {}}, bare)
  t.like(delivered, {status: 501, body: {code: 'secrets-key-missing'}})
})

test('the webhook accepts only POST', async t => {
  const response = await fetch(`${server.url}/api/v1/hooks/github/${newId()}`)
  t.is(response.status, 405)
  t.is(response.headers.get('allow'), 'POST')
})
