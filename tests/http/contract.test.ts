import {readFile} from 'node:fs/promises'
import test from 'ava'
import {parse} from 'yaml'
import {eventTypes} from '../../src/board/events.ts'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import {statusOf} from '../../src/http/problems.ts'
import {contractFile, makeContract} from '../helpers/contract.ts'

const contract = parse(await makeContract())

test('openapi.yaml is up to date', async t => {
  const isSame = (await readFile(contractFile, 'utf8')) === (await makeContract())
  t.true(isSame, 'openapi.yaml is out of date; run `npm run contract` and commit what it writes.')
})

test('the contract is OpenAPI 3.2', t => {
  t.is(contract.openapi, '3.2.0')
})

test('every route is an operation with its success and its parameters', t => {
  for (const route of apiRoutes) {
    const operation = contract.paths[apiPrefix + route.path][route.method]
    t.truthy(operation.responses[route.success])
    const names = (operation.parameters ?? []).map(({name}: {name: string}) => name)
    for (const name of Object.keys(route.ids ?? {})) t.true(names.includes(name))
    t.is(names.includes('If-Match'), route.conditional === true)
    t.is(names.includes('Idempotency-Key'), route.method === 'post')
    t.is('requestBody' in operation, route.body !== undefined)
  }
})

test('every code of a problem is told, with its status', t => {
  const {code} = contract.components.schemas.Problem.properties
  t.deepEqual(code.enum.toSorted(), Object.keys(statusOf).sort())
  for (const [name, status] of Object.entries(statusOf))
    t.true(code.description.includes(`\`${name}\` (${status})`))
})

test('every event has a schema, and a stream is a sequence of them', t => {
  const {schemas} = contract.components
  const types = schemas.BoardEvent.oneOf.map(
    ({$ref}: {$ref: string}) => resolve($ref).properties.type.enum[0],
  )
  t.deepEqual(types.toSorted(), eventTypes.toSorted())
  const {content} = contract.paths['/api/v1/events/tasks'].get.responses[200]
  const block = resolve(content['text/event-stream'].itemSchema.$ref)
  t.deepEqual(
    block.properties.data.contentSchema.oneOf.map(({$ref}: {$ref: string}) => $ref),
    ['#/components/schemas/BoardEvent', '#/components/schemas/StreamEvent'],
  )
})

test('every reference leads somewhere', t => {
  const references = [...JSON.stringify(contract).matchAll(/"(#\/[^"]+)"/g)].map(([, pointer]) => pointer!)
  t.true(references.length > 0)
  for (const pointer of references) t.truthy(resolve(pointer), pointer)
})

function resolve(pointer: string) {
  return pointer
    .split('/')
    .slice(1)
    .reduce((value, name) => value?.[name], contract)
}
