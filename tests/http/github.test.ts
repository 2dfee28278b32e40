// GitHub's webhooks: who may tell, what is heard, and the secret between a project and GitHub.
import {createHmac, randomUUID} from 'node:crypto'
import {pino} from 'pino'
import {newId} from '../../src/store/ids.ts'
import {prune} from '../../src/store/pruning.ts'
import * as payloads from '../helpers/github-payloads.ts'
import {readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type Answer, readAnswer, type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const secret = 'It knows too much about GitHub'
let server: Server
test.before(async () => {
  server = await startServer({databaseUrl: await createDatabase()})
})
test.after.always(() => server.close())

interface Delivery {
  project: string
  event?: string
  payload?: unknown
  /** Instead of the payload as JSON. */
  body?: string
  /** Instead of that of `secret`; null: none. */
  signature?: string | null
  /** Null: none. */
  delivery?: string | null
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
  const given = Object.entries(headers).filter((header): header is [string, string] => header[1] !== null)
  const url = `${on.url}/api/v1/hooks/github/${project}`
  return readAnswer(await fetch(url, {method: 'POST', headers: Object.fromEntries(given), body}))
}

function sign(body: string, key: string): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}

/** A team whose project shares the secret with GitHub. */
async function teamWithSecret(title: string, on = server) {
  const team = await on.team(title)
  const answer = await team.root.put(`/projects/${team.project.id}/github-secret`, {secret})
  if (answer.status !== 204) throw new Error(JSON.stringify(answer.body))
  return team
}

const heard = [
  ['pull_request', payloads.opened, 'pr.created'],
  ['pull_request', payloads.merged, 'pr.merged'],
  ['workflow_run', payloads.failed, 'workflow.error'],
] as const

test('each documented delivery that we heed, sent twice, is one event by nobody, streamed and in the past', async t => {
  const {ada, project, organizationId} = await teamWithSecret(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const stream = await Stream.open(`${server.url}/api/v1/events/projects?token=${token}`)
  t.teardown(() => stream.close())
  await stream.waitFor('stream.ready')
  for (const [event, payload] of heard) {
    const delivery = randomUUID()
    for (const outcome of ['recorded', 'repeated']) {
      const {status, body} = await deliver({project: project.id, event, payload, delivery})
      t.is(status, 202)
      t.deepEqual(body, {outcome})
    }
  }
  await stream.waitFor('workflow.error')
  const facts = {actor_user_id: null, project_id: project.id}
  const pr = {
    number: 2,
    title: 'Update the README with new information.',
    url: 'https://github.com/Codertocat/Hello-World/pull/2',
    author: 'Codertocat',
  }
  const run = 'https://github.com/octo-org/octo-repo/actions/runs/289782451'
  const message = `run 7 on master ended with failure: ${run}`
  const told = stream.events.map(({data: {timestamp: _, ...data}}) => data)
  t.deepEqual(told, [
    {type: 'pr.created', ...facts, pr},
    {type: 'pr.merged', ...facts, pr},
    {type: 'workflow.error', ...facts, workflow: 'test', message},
  ])
  const events = (await readEvents(server.db, organizationId)).slice(-3)
  t.deepEqual(
    events,
    stream.events.map(({data}) => data),
  )
  const {items} = (await ada.get(`/projects/${project.id}/activity`)).body
  t.deepEqual(items.map(({id: _, ...event}: {id: string}) => event).reverse(), events)
})

test('a delivery of another kind, or of what is no news, is accepted and ignored', async t => {
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

test('an unknown project, one without a secret, and a signature that is missing, malformed or wrong: the very same 401', async t => {
  const {project, organizationId, ada} = await teamWithSecret(t.title)
  const theirs = await server.team(`${t.title}, theirs`)
  const other = 'Another secret of GitHub'
  await theirs.root.put(`/projects/${theirs.project.id}/github-secret`, {secret: other})
  const {body: bare} = await ada.post('/projects', {name: 'Without a secret'})
  const before = await server.stateOf(organizationId)

  const wanted = {event: 'pull_request', payload: payloads.opened}
  const body = JSON.stringify(payloads.opened)
  const right = sign(body, secret)
  const refused: Delivery[] = [
    {project: newId(), ...wanted},
    {project: 'null', ...wanted},
    {project: '%00', ...wanted},
    {project: bare.id, ...wanted},
    {project: bare.id, ...wanted, secret: ''},
    {project: theirs.project.id, ...wanted},
    {project: project.id, ...wanted, secret: other},
    {project: project.id, ...wanted, secret: ''},
    {project: project.id, ...wanted, signature: null},
    {project: project.id, ...wanted, signature: ''},
    {project: project.id, ...wanted, signature: right.replace('sha256=', '')},
    {project: project.id, ...wanted, signature: right.replace('sha256=', 'sha1=')},
    {project: project.id, ...wanted, signature: right.slice(0, -1)},
    {project: project.id, ...wanted, signature: `${right}0`},
    {project: project.id, ...wanted, signature: `sha256=${'g'.repeat(64)}`},
    {project: project.id, ...wanted, signature: `sha256=${'0'.repeat(64)}`},
    {project: project.id, ...wanted, body: `${body} `, signature: right},
    {project: project.id, event: 'ping', body: 'no JSON', signature: right},
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
      ...wanted,
      signature: right.toUpperCase().replace('SHA', 'sha'),
    })
  ).body
  t.is(outcome, 'recorded', 'the right one is right in capitals too')
})

test('GitHub’s own example of a signature is right, and then the body must be JSON', async t => {
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

test('what is signed but is not as GitHub sends it is refused, and names the field', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = await server.stateOf(organizationId)
  const {pull_request, ...rest} = payloads.opened
  const {title: _, ...untitled} = pull_request
  const refusals: [payload: unknown, path: string][] = [
    [[], ''],
    [null, ''],
    [{}, 'action'],
    [rest, 'pull_request'],
    [{...rest, pull_request: untitled}, 'pull_request.title'],
    [{...rest, pull_request: {...pull_request, title: ' '}}, 'pr.title'],
    [{...rest, pull_request: {...pull_request, title: 'a\u0000b'}}, 'pr.title'],
    [{...rest, pull_request: {...pull_request, html_url: 'javascript:alert(1)'}}, 'pr.url'],
  ]
  for (const [payload, path] of refusals) {
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

test('a pull request of an account that is gone is by ghost; text beyond ASCII is signed as its bytes', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const pull_request = {...payloads.opened.pull_request, title: 'Zoë’s 🚀', user: null}
  const body = JSON.stringify({...payloads.opened, pull_request}, null, 2)
  t.is((await deliver({project: project.id, event: 'pull_request', body})).status, 202)
  const event = (await readEvents(server.db, organizationId)).at(-1)
  t.like(event, {type: 'pr.created', pr: {title: 'Zoë’s 🚀', author: 'ghost'}})
})

test('more than 5 MiB is refused, whoever sends it', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = await server.stateOf(organizationId)
  const body = JSON.stringify({zen: 'x'.repeat(5 * 1024 * 1024)})
  for (const given of [{project: project.id}, {project: newId()}]) {
    t.like(await deliver({...given, event: 'ping', body}), {status: 413, body: {code: 'body-too-large'}})
  }
  const most = JSON.stringify({zen: 'x'.repeat(5 * 1024 * 1024 - 10)})
  t.is((await deliver({project: project.id, event: 'ping', body: most})).status, 202)
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('of one delivery that arrives twenty times at once, one is recorded', async t => {
  const {project, organizationId} = await teamWithSecret(t.title)
  const before = (await readEvents(server.db, organizationId)).length
  const given = {project: project.id, event: 'pull_request', payload: payloads.opened, delivery: randomUUID()}
  const outcomes = (await Promise.all(Array.from({length: 20}, () => deliver(given)))).map(
    ({body}) => body.outcome,
  )
  t.deepEqual(outcomes.sort(), ['recorded', ...Array(19).fill('repeated')])
  t.is((await readEvents(server.db, organizationId)).length, before + 1)
})

test('a delivery is known for 7 days, in its project alone', async t => {
  const {ada, root, project} = await teamWithSecret(t.title)
  const {body: other} = await ada.post('/projects', {name: 'Rover'})
  await root.put(`/projects/${other.id}/github-secret`, {secret})
  const given = {project: project.id, event: 'pull_request', payload: payloads.opened, delivery: randomUUID()}
  const outcome = async (delivery: Delivery) => (await deliver(delivery)).body.outcome
  t.is(await outcome(given), 'recorded')
  t.is(await outcome({...given, project: other.id}), 'recorded')

  const forget = async (days: number) => {
    const received_at = new Date(Date.now() - days * 86_400_000).toISOString()
    const deliveries = server.db.updateTable('github_deliveries').set({received_at})
    await deliveries.where('delivery', '=', given.delivery).execute()
    const log = pino({level: 'silent'})
    return prune({db: server.db, eventRetentionDays: 3_000, batchSize: 1, log})
  }
  t.is((await forget(6.99)).deliveries, 0)
  t.is(await outcome(given), 'repeated')
  t.is((await forget(7.01)).deliveries, 2)
  t.is(await outcome(given), 'recorded')
})

test('the secret is set by admins, has 16 characters at the least, and the last one counts', async t => {
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

test('the secret is nowhere: not in the database, nor in the log, nor in the project', async t => {
  const {ada, project} = await teamWithSecret(t.title)
  await deliver({project: project.id, event: 'ping', payload: {}})
  const rows = await server.db.selectFrom('github_secrets').selectAll().execute()
  for (const {sealed} of rows) t.false(sealed.includes(secret.slice(0, 8)))
  t.false(JSON.stringify(server.log).includes(secret))
  t.false(JSON.stringify((await ada.get(`/projects/${project.id}`)).body).includes(secret))
})

test('a secret in the row of another project, or under another SECRETS_KEY, is no secret', async t => {
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

test('a project that is deleted takes its secret and its deliveries along', async t => {
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

test('without SECRETS_KEY no secret can be set, and the hook says why', async t => {
  const bare = await startServer({store: server.store, secretsKey: null})
  t.teardown(() => bare.close())
  const {root, project} = await bare.team(t.title)
  const set = await root.put(`/projects/${project.id}/github-secret`, {secret})
  t.like(set, {status: 501, body: {code: 'secrets-key-missing'}})
  const told = await deliver({project: project.id, event: 'ping', payload: {}}, bare)
  t.like(told, {status: 501, body: {code: 'secrets-key-missing'}})
})

test('the hook has no other method', async t => {
  const response = await fetch(`${server.url}/api/v1/hooks/github/${newId()}`)
  t.is(response.status, 405)
  t.is(response.headers.get('allow'), 'POST')
})
