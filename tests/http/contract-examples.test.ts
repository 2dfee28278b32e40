// Tests the examples in openapi.yaml: they follow their schemas, and a server accepts the requests and sends such
// responses.
import {readFile} from 'node:fs/promises'
import test from 'ava'
import {parse} from 'yaml'
import {parseCursor} from '../../src/board/cursor.ts'
import {boardEventSchema} from '../../src/board/events.ts'
import {pollAnswerSchema} from '../../src/board/poll-answer.ts'
import type {ProblemCode} from '../../src/board/problem.ts'
import {streamEventSchema} from '../../src/board/stream-events.ts'
import {apiRoutes} from '../../src/http/api.ts'
import {deliverySchema} from '../../src/http/github.ts'
import {readDelivery} from '../../src/http/github-payload.ts'
import {meSchema} from '../../src/http/members.ts'
import {requestExamples, responseExamples, streamExample} from '../../src/http/openapi-examples.ts'
import {problemSchema} from '../../src/http/openapi-problems.ts'
import {problemTable} from '../../src/http/problems.ts'
import {demoMembersSchema, newSessionSchema} from '../../src/http/session.ts'
import {startServer} from '../helpers/server.ts'

const file = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8')
const contract = parse(file)
const operations = Object.values<any>(contract.paths).flatMap<any>(Object.values)
const server = await startServer()
test.after.always(() => server.close())

test('every request with a body has an example, and the schema of the body accepts the example', t => {
  // The body of an import is a file.
  const withBody = operations.filter(
    ({requestBody, operationId}) => requestBody && operationId !== 'importFile',
  )
  t.deepEqual(withBody.map(({operationId}) => operationId).toSorted(), Object.keys(requestExamples).sort())
  for (const {operationId, requestBody} of withBody) {
    const {example} = requestBody.content['application/json']
    t.deepEqual(example, requestExamples[operationId], operationId)
    if (operationId === 'signIn') newSessionSchema.parse(example)
    else if (operationId === 'receiveGithubDelivery')
      t.like(readDelivery('pull_request', example).activity, {type: 'pr.created'})
    else apiRoutes.find(route => route.operationId === operationId)!.body!.parse(example)
  }
  t.pass()
})

test('every response with JSON has an example, and the example is exactly what the schema of the response accepts', t => {
  const schemas = [
    ...apiRoutes.map(({response}) => response),
    deliverySchema,
    meSchema,
    demoMembersSchema,
    pollAnswerSchema,
  ]
  const used = new Set<string>()
  for (const {operationId, responses} of operations) {
    for (const {content} of Object.values<any>(responses)) {
      const json = content?.['application/json'] ?? content?.['application/*']
      if (!json) continue
      const [name] = Object.keys(json.examples)
      used.add(name!)
      t.deepEqual(contract.components.examples[name!].value, responseExamples[name!], operationId)
      const schema = schemas.find(schema => schema?.meta()?.id === name)
      if (schema)
        t.deepEqual<unknown, unknown>(schema.parse(responseExamples[name!]), responseExamples[name!])
      else t.true(['Alive', 'Ready'].includes(name!), name)
    }
  }
  t.deepEqual([...used].sort(), Object.keys(responseExamples).sort())
})

test('every problem code that an operation lists has an example, and the example follows the schema of problems', t => {
  for (const response of Object.values<any>(contract.components.responses)) {
    for (const [code, {$ref}] of Object.entries<any>(response.content['application/problem+json'].examples)) {
      t.is($ref, `#/components/examples/${code}`)
      const {summary, value} = contract.components.examples[code]
      const {status, meaning} = problemTable[code as ProblemCode]
      t.is(summary, meaning)
      t.like(problemSchema.parse(value), {code, status})
      for (const [, field] of fieldsIn(meaning)) t.true(field! in value, `${code} has ${field}`)
    }
  }
})

test('the example of a stream consists of blocks, and the data of each block follows the schema of its event', t => {
  t.is(contract.components.examples.Stream.serializedValue, streamExample)
  const blocks = streamExample.split('\n\n')
  t.is(blocks.pop(), '', 'the last block is complete')
  const types = blocks.map(block => {
    const fields = new Map(block.split('\n').map(line => line.split(/:(.*)/s) as [string, string]))
    t.truthy(parseCursor(fields.get('id')!))
    const data = JSON.parse(fields.get('data')!)
    const schema = data.type.startsWith('stream.') ? streamEventSchema : boardEventSchema
    t.deepEqual<unknown, unknown>(schema.parse(data), data)
    t.is(fields.get('event'), data.type)
    return data.type
  })
  t.deepEqual(types, ['stream.open', 'stream.ready', 'ownership_taken'])
})

test('a server accepts the example of every request, and its responses have the fields of the examples', async t => {
  const {ada, root, organizationId} = await server.team(t.title)
  const {body: members} = await root.get('/members')
  // An id of an example → the id of the resource that the server has created.
  const known = new Map<string, string>([
    ['0193f6a4-2c10-7000-8000-0000000000a1', (await ada.caller()).user_id],
    [
      '0193f6a4-2c20-7000-8000-0000000000a2',
      members.items.find(({name}: {name: string}) => name === 'Bob').id,
    ],
  ])
  t.truthy(organizationId)
  const withRealIds = (value: unknown) =>
    JSON.parse(
      JSON.stringify(value).replaceAll(/[0-9a-f-]{36}/g, exampleId => known.get(exampleId) ?? exampleId),
    )

  async function call(operationId: string, by = ada): Promise<any> {
    const route = apiRoutes.find(route => route.operationId === operationId)!
    const [, {parameters = []}] = Object.entries<any>(contract.paths)
      .flatMap(([path, methods]) => Object.values<any>(methods).map(operation => [path, operation] as const))
      .find(([, operation]) => operation.operationId === operationId)!
    const exampleOf = (name: string) =>
      parameters.find(
        (parameter: {in: string; name: string}) => parameter.in === 'path' && parameter.name === name,
      )?.example
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name) => withRealIds(exampleOf(name)))
    const body = requestExamples[operationId] && withRealIds(requestExamples[operationId])
    const answer = await (route.method === 'get' || route.method === 'delete'
      ? by[route.method](path)
      : by[route.method](path, body))
    t.is(answer.status, route.success, `${operationId}: ${answer.body?.detail}`)
    if (!route.response) return
    const example = responseExamples[route.response.meta()!.id as string] as any
    const hasNoItems = ['createTask', 'removeChecklistItem'].includes(operationId)
    const expected = hasNoItems ? {...example, checklist: []} : example
    t.deepEqual(shapeOf(answer.body), shapeOf(expected), operationId)
    if (example.id && answer.body.id) known.set(example.id, answer.body.id)
    if (example.checklist) known.set(example.checklist[0].id, answer.body.checklist[0]?.id)
    return answer.body
  }

  for (const creates of ['createProject', 'createLabel', 'createSprint', 'createStory', 'createTask'])
    await call(creates)
  for (const changes of ['addChecklistItem', 'editChecklistItem']) await call(changes)
  for (const reads of ['readProject', 'readSprint', 'readStory', 'readTask']) await call(reads)
  for (const lists of ['listProjects', 'listLabels', 'listSprints', 'listStories', 'listTasks', 'readBoard'])
    await call(lists)
  await call('commentOnTask')
  for (const reads of ['listComments', 'readComment']) await call(reads)
  await call('raiseEscalation')
  await call('respondToEscalation')
  for (const reads of ['listEscalations', 'readEscalation']) await call(reads)
  // An admin gives the task to another member.
  for (const changes of ['takeTask', 'setTaskStatus']) await call(changes, root)
  for (const changes of ['editTask', 'editLabel', 'setStoryStatus', 'editProject', 'editSprint'])
    await call(changes)
  await call('editStory') // the story leaves its sprint
  await call('readBacklog')
  await call('removeChecklistItem')
  await ada.post(`/projects/${known.get('0193f6a4-3000-7000-8000-0000000000b1')}/activity`, {
    type: 'agent.started',
    agent: 'welder',
    run_id: 'run-7',
  })
  await call('recordActivity')
  await call('listActivity')
  await call('setGithubSecret', root)
  await call('createApiKey', root)
  await call('listApiKeys', root)
  await call('requestTicket')
  await call('getMe')
  await call('listMembers')
  await call('setRole', root)
  const {headers} = await ada.get('/notifications')
  t.is((await ada.put('/notifications/read', {up_to: headers.get('event-id')})).status, 200)
})

/** The names in backquotes behind `Fields:`, without the values of the fields in parentheses and behind a colon. */
function fieldsIn(meaning: string) {
  const [, list = ''] = /Fields: (.*)/.exec(meaning) ?? []
  return list.replaceAll(/\(.*?\)|: .*/g, '').matchAll(/`(\w+)`/g)
}

/** Replaces every value that is not an object or a list with the constant `true`, and keeps one item of each list. */
function shapeOf(value: any): unknown {
  if (Array.isArray(value))
    return value.length === 0 || typeof value[0] !== 'object' ? true : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return true
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
}
