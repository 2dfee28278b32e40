// Tests compressed responses: the choice of the coding, the ETags, and which responses are not compressed.
import {once} from 'node:events'
import {type IncomingHttpHeaders, request} from 'node:http'
import {buffer} from 'node:stream/consumers'
import {brotliDecompressSync, gunzipSync} from 'node:zlib'
import test from 'ava'
import {z} from 'zod'
import {createdApiKeySchema} from '../../src/board/api-key.ts'
import {projectKey, taskKey} from '../../src/board/task-key.ts'
import {apiRoutes} from '../../src/http/api.ts'
import {Compressor} from '../../src/http/compressor.ts'
import {chooseCoding, codings} from '../../src/http/content-coding.ts'
import {encodeInPieces, JsonPieces} from '../../src/http/json-pieces.ts'
import {buildPage} from '../helpers/page.ts'
import {startServer, type Team} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const server = await startServer({page: await buildPage(), corsOrigins: ['https://board.example']})
test.after.always(() => server.close())

const decode = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  identity: (body: Buffer) => body,
}

interface Raw {
  status: number
  headers: IncomingHttpHeaders
  /** The body as it was sent. */
  sent: Buffer
  text: string
}

/** Sends a request without `fetch`, because `fetch` decompresses the body and sends its own `Accept-Encoding`. */
async function send(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: unknown,
): Promise<Raw> {
  const sending = request(server.url + path, {method, headers: {connection: 'close', ...headers}})
  sending.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await once(sending, 'response')
  const sent = await buffer(response)
  const coding = (response.headers['content-encoding'] ?? 'identity') as keyof typeof decode
  const text = method === 'HEAD' ? '' : decode[coding](sent).toString()
  return {status: response.statusCode, headers: response.headers, sent, text}
}

async function signedIn(org: string) {
  const token = await server.tokenFor({sub: 'ada', org, role: 'admin', name: 'Ada'})
  return (path: string, headers: Record<string, string> = {}, method?: string, body?: unknown) => {
    const type = body === undefined ? {} : {'content-type': 'application/json'}
    return send(`/api/v1${path}`, {authorization: `Bearer ${token}`, ...type, ...headers}, method, body)
  }
}

/** Adds tasks to the team's story, so that a list of these tasks has several kibibytes. */
async function addTasks({ada, story}: Team): Promise<void> {
  for (const number of [1, 2, 3, 4, 5]) {
    await ada.post(`/stories/${story.id}/tasks`, {title: `Task ${number} ${'x'.repeat(150)}`})
  }
}

const choices: [header: string | undefined, coding: string | undefined][] = [
  [undefined, undefined],
  ['', undefined],
  ['identity', undefined],
  ['deflate', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['GZIP;Q=0.5', 'gzip'],
  ['gzip;q=1.0, br;q=0.9', 'gzip'],
  ['gzip; q=0.5, br; q=0.5', 'br'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0, *', 'gzip'],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['identity;q=0.5, gzip', 'gzip'],
  ['gzip;q=2', undefined],
  ['gzip;q=x', undefined],
  [',,gzip,', 'gzip'],
]
for (const [header, coding] of choices) {
  test(`when Accept-Encoding is ${header}, the coding is ${coding}`, t => {
    t.is(chooseCoding(header), coding as undefined)
  })
}

test('a coding that is not available is not chosen', t => {
  t.is(chooseCoding('gzip, br', ['gzip']), 'gzip')
  t.is(chooseCoding('br', ['gzip']), undefined)
  t.is(chooseCoding('gzip, br', []), undefined)
})

test('a board, a list and a resource are compressed with the coding that the client prefers, and have the same content', async t => {
  const team = await server.team(t.title)
  await addTasks(team)
  await team.ada.patch(`/tasks/${team.task.id}`, {description: 'x'.repeat(2_000)})
  const get = await signedIn(t.title)
  for (const path of [
    `/sprints/${team.sprint.id}/board`,
    `/stories/${team.story.id}/tasks?limit=200`,
    `/tasks/${team.task.id}`,
  ]) {
    const plain = await get(path)
    t.is(plain.headers['content-encoding'], undefined)
    t.is(plain.headers.vary, 'Origin, Accept-Encoding')
    for (const coding of codings) {
      const {status, headers, sent, text} = await get(path, {'accept-encoding': coding})
      t.is(status, 200)
      t.is(headers['content-encoding'], coding)
      t.is(headers.vary, plain.headers.vary)
      t.is(headers['content-type'], plain.headers['content-type'])
      t.is(headers['event-id'], plain.headers['event-id'])
      t.is(headers['content-length'], String(sent.length))
      t.true(sent.length < plain.sent.length / 2)
      t.is(text, plain.text)
    }
  }
})

test('HEAD of a compressed response has the headers of GET and no body', async t => {
  const team = await server.team(t.title)
  await addTasks(team)
  const get = await signedIn(t.title)
  const path = `/sprints/${team.sprint.id}/board`
  const {headers} = await get(path, {'accept-encoding': 'br'})
  const head = await get(path, {'accept-encoding': 'br'}, 'HEAD')
  t.is(head.status, 200)
  t.is(head.sent.length, 0)
  for (const name of ['content-encoding', 'content-length', 'content-type', 'etag', 'vary', 'event-id'])
    t.is(head.headers[name], headers[name], name)
})

test('a response with less than a kibibyte is not compressed', async t => {
  const {project} = await server.team(t.title)
  const get = await signedIn(t.title)
  const {headers} = await get(`/projects/${project.id}`, {'accept-encoding': 'br'})
  t.is(headers['content-encoding'], undefined)
  t.is(headers.vary, 'Origin, Accept-Encoding')
  t.regex(headers.etag!, /^"1-[\da-f]{16}"$/)
})

test('each coding of a resource has its own ETag, If-Match accepts each of these ETags, and If-None-Match accepts an ETag only when the client accepts the coding', async t => {
  const team = await server.team(t.title)
  await team.ada.patch(`/tasks/${team.task.id}`, {description: 'x'.repeat(2_000)})
  const get = await signedIn(t.title)
  const path = `/tasks/${team.task.id}`
  for (const [version, coding] of [
    [2, 'br'],
    [3, 'gzip'],
    [4, 'identity'],
  ] as const) {
    const {headers} = await get(path, {'accept-encoding': coding})
    const etag = headers.etag!
    t.regex(etag, new RegExp(`^"${version}-[\\da-f]{16}${coding === 'identity' ? '' : `-${coding}`}"$`))
    for (const accepted of ['br', 'gzip', 'identity']) {
      const again = await get(path, {'accept-encoding': accepted, 'if-none-match': etag})
      const canUse = coding === 'identity' || coding === accepted
      t.is(again.status, canUse ? 304 : 200, `${etag} with Accept-Encoding: ${accepted}`)
      if (!canUse) continue
      t.is(again.headers.etag, etag)
      t.is(again.headers['content-encoding'], undefined)
      t.is(again.headers.vary, 'Origin, Accept-Encoding')
      t.is(again.sent.length, 0)
    }
    const edit = (tag: string) =>
      get(path, {'if-match': tag, 'accept-encoding': coding}, 'PATCH', {title: etag})
    t.is((await edit(etag.replace(`"${version}`, '"9'))).status, 412)
    t.is((await edit(`W/${etag}`)).status, 412)
    const changed = await edit(etag)
    t.is(changed.status, 200)
    t.true(changed.headers.etag!.startsWith(`"${version + 1}-`))
    t.is((await get(path, {'accept-encoding': coding, 'if-none-match': etag})).status, 200)
  }
})

test('If-None-Match accepts the ETag of a compressed board', async t => {
  const team = await server.team(t.title)
  await addTasks(team)
  const get = await signedIn(t.title)
  const path = `/sprints/${team.sprint.id}/board`
  const {headers, text} = await get(path, {'accept-encoding': 'br'})
  t.is(headers.etag, `"3-${JSON.parse(text).cursor}-br"`)
  const again = await get(path, {'accept-encoding': 'br', 'if-none-match': headers.etag!})
  t.is(again.status, 304)
  t.is(again.headers.etag, headers.etag)
})

test('the files of the page are compressed, and each coding has its own ETag', async t => {
  const {headers: plainHeaders, text: index} = await send('/')
  const [script] = /\/assets\/[\w-]+\.js/.exec(index)!
  t.is(plainHeaders.vary, 'Origin, Accept-Encoding')
  for (const path of ['/', script]) {
    const plain = await send(path, {'accept-encoding': 'identity'})
    t.is(plain.headers['content-encoding'], undefined)
    const etags = new Set([plain.headers.etag])
    for (const coding of codings) {
      const {status, headers, sent, text} = await send(path, {'accept-encoding': coding})
      t.is(status, 200)
      t.is(headers['content-encoding'], coding)
      t.is(headers.vary, 'Origin, Accept-Encoding')
      t.is(headers['content-type'], plain.headers['content-type'])
      t.is(headers['content-length'], String(sent.length))
      t.is(text, plain.text)
      t.true(sent.length < plain.sent.length)
      etags.add(headers.etag)
      const again = await send(path, {'accept-encoding': coding, 'if-none-match': headers.etag!})
      t.is(again.status, 304)
      t.is(again.headers.etag, headers.etag)
      t.is(again.headers['content-encoding'], undefined)
    }
    t.is(etags.size, 3)
  }
  for (const name of ['.br', '.gz']) t.is((await send(script + name)).status, 404)
})

// The length of a compressed body reveals a secret, if the body also contains text that an attacker chooses (the attack
// BREACH). Therefore, only reads are compressed, and no read returns a secret.
interface Schema {
  pattern?: string
  anyOf?: Schema[]
}

test('no read returns a secret', t => {
  const secrets = ['key', 'ticket', 'secret', 'token', 'password']
  // The key of a project or a task is a public name. Every other `key` counts as a secret.
  const publicKeys = [projectKey, taskKey].map(schema => z.toJSONSchema(schema).pattern)
  const isPublic = ({pattern, anyOf = []}: Schema): boolean =>
    publicKeys.includes(pattern) || anyOf.some(isPublic) // the key of a story is null
  const withoutPublicKeys = (name: string, value: Schema) =>
    name === 'key' && isPublic(value) ? undefined : value
  const namesOf = (schema: z.ZodType) =>
    JSON.stringify(z.toJSONSchema(schema, {io: 'output', unrepresentable: 'any'}), withoutPublicKeys)
  t.true(namesOf(createdApiKeySchema).includes('"key":'))
  for (const {method, response, operationId} of apiRoutes) {
    if (method !== 'get') continue
    const names = namesOf(response!)
    for (const name of secrets) t.false(names.includes(`"${name}":`), `${operationId} returns ${name}`)
  }
})

test('the response to a change, a response with a secret, a problem and a stream are not compressed', async t => {
  const {story} = await server.team(t.title)
  const ask = await signedIn(t.title)
  const compressible = {'accept-encoding': 'br, gzip'}
  const requireIdentity = ({status, headers}: Raw, expected: number) => {
    t.is(status, expected)
    t.is(headers['content-encoding'], undefined)
  }
  const task = {title: 'Weld', description: 'x'.repeat(5_000)}
  requireIdentity(await ask(`/stories/${story.id}/tasks`, compressible, 'POST', task), 201)
  requireIdentity(await ask('/api-keys', compressible, 'POST', {name: 'x'.repeat(80), role: 'viewer'}), 201)
  const selection = {types: ['task.created', 'task.updated'], sprint_id: [story.sprint_id]}
  requireIdentity(await ask('/events/tickets', compressible, 'POST', selection), 201)
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const site = {'sec-fetch-site': 'same-origin', 'content-type': 'application/json'}
  const session = await send('/api/v1/session', {...compressible, ...site}, 'POST', {token})
  requireIdentity(session, 200)
  t.truthy(session.headers['set-cookie'])
  requireIdentity(await ask(`/projects?${'x'.repeat(2_000)}`, compressible), 400)

  const stream = await Stream.open(`${server.url}/api/v1/events/tasks`, {
    headers: {authorization: `Bearer ${token}`, ...compressible},
  })
  await stream.waitFor('stream.ready')
  stream.close()
})

test('responses that share pieces share the compressed pieces', async t => {
  const pieces = await encodeInPieces({items: Array.from({length: 5_000}, (_, n) => ({n, title: '日本'}))})
  const compressor = new Compressor()
  const [one, other] = await Promise.all([
    compressor.compress(pieces, 'br'),
    compressor.compress(pieces, 'br'),
  ])
  t.is(one, other)
  t.not(one, await compressor.compress(pieces, 'gzip'))
  const whole = await buffer(pieces.stream())
  t.deepEqual(brotliDecompressSync(await buffer(one!.stream())), whole)
  t.is((await buffer(one!.stream())).length, one!.length)
})

test('when too many bytes wait for compression, a response is not compressed; later responses are compressed', async t => {
  const pieces = () => JsonPieces.of(Buffer.alloc(600, 'x'))
  const compressor = new Compressor({maxBytes: 1_000, maxRunning: 1})
  const first = compressor.compress(pieces(), 'br')
  t.is(compressor.compress(pieces(), 'br'), undefined)
  t.truthy(await first)
  t.truthy(await compressor.compress(pieces(), 'gzip'))
})

test('when many responses are compressed at the same time, every response is complete', async t => {
  const compressor = new Compressor({maxRunning: 2})
  const bodies = Array.from({length: 20}, (_, n) => Buffer.alloc(200_000, `${n},`))
  const compressed = await Promise.all(bodies.map(body => compressor.compress(JsonPieces.of(body), 'gzip')))
  for (const [index, body] of bodies.entries()) {
    t.deepEqual(gunzipSync(await buffer(compressed[index]!.stream())), body)
  }
})
