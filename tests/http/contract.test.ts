// Tests that openapi.yaml (the contract) is up to date, complete and consistent,
// and that the server does not load the generator of openapi.yaml.
import {readdir, readFile} from 'node:fs/promises'
import test from 'ava'
import {parse} from 'yaml'
import {eventTypes} from '../../src/board/events.ts'
import type {ProblemCode} from '../../src/board/problem.ts'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import {makeContract, problemsOf} from '../../src/http/openapi.ts'
import {problemTable} from '../../src/http/problems.ts'
import {roleFor} from '../../src/http/route.ts'

const root = new URL('../../', import.meta.url)
const yaml = makeContract(JSON.parse(await readFile(new URL('package.json', root), 'utf8')))
const contract = parse(yaml)
const operations = Object.values<any>(contract.paths).flatMap<any>(Object.values)

test('openapi.yaml is up to date', async t => {
  const isSame = (await readFile(new URL('openapi.yaml', root), 'utf8')) === yaml
  t.true(isSame, 'openapi.yaml is out of date; run `npm run contract` and commit the file.')
})

test('no file of the server imports the generator of openapi.yaml, so the server needs no development dependency', async t => {
  const isGenerator = (path: string) => /(^|\/)openapi[\w-]*\.ts$/.test(path)
  const paths = await readdir(new URL('src', root), {recursive: true})
  const sources = paths.map(path => path.replaceAll('\\', '/')).filter(path => /\.tsx?$/.test(path))
  t.true(sources.some(isGenerator))
  for (const path of sources.filter(path => !isGenerator(path))) {
    const text = await readFile(new URL(`src/${path}`, root), 'utf8')
    t.notRegex(text, /['"](\.[^'"]*\/openapi[\w-]*\.ts|@asteasolutions\/zod-to-openapi|yaml)['"]/, path)
  }
})

test('the contract is OpenAPI 3.2', t => {
  t.is(contract.openapi, '3.2.0')
})

test('the contract describes every route with its success status, parameters and body', t => {
  for (const route of apiRoutes) {
    const operation = contract.paths[apiPrefix + route.path][route.method]
    t.truthy(operation.responses[route.success])
    const names = (operation.parameters ?? []).map(({name}: {name: string}) => name)
    for (const name of Object.keys(route.ids ?? {})) t.true(names.includes(name))
    t.is(names.includes('If-Match'), route.conditional === true)
    t.is(names.includes('Idempotency-Key'), route.method === 'post')
    t.is('requestBody' in operation, route.body !== undefined || route.receive !== undefined)
  }
})

test('every operation has a unique operationId, and one tag that the contract describes', t => {
  const described = contract.tags.map(({name, description}: Record<string, string>) => description && name)
  const ids = operations.map(({operationId}) => operationId)
  t.is(new Set(ids).size, operations.length)
  for (const {operationId, tags, summary, description} of operations) {
    t.regex(operationId, /^[a-z]+([A-Z][a-z]+)*$/)
    t.is(tags.length, 1, operationId)
    t.true(described.includes(tags[0]), operationId)
    t.regex(summary, /^[A-Z].*\.$/, operationId)
    t.truthy(description, operationId)
  }
  const used = new Set(operations.flatMap(({tags}) => tags))
  t.deepEqual(described.toSorted(), [...used].sort())
})

test('the contract lists the required role of each route', t => {
  for (const route of apiRoutes) {
    const {description} = contract.paths[apiPrefix + route.path][route.method]
    t.true(description.endsWith(`Required role: \`${roleFor(route)}\`.`))
  }
})

test('no object has both `$ref` and `description`, because renderers and generators ignore such a description', t => {
  const found: object[] = []
  JSON.stringify(contract, (_, value) => {
    if (typeof value?.$ref === 'string' && Object.keys(value).length > 1) found.push(value)
    return value
  })
  t.deepEqual(found, [])
})

test('the response of each status of a route lists exactly the problem codes that the route declares for this status', t => {
  for (const route of apiRoutes) {
    const {responses} = contract.paths[apiPrefix + route.path][route.method]
    const codes = Object.entries<any>(responses)
      .filter(([status]) => Number(status) >= 400)
      .flatMap(([status, {$ref}]) => {
        const {description, content} = resolve($ref)
        const listed = [...description.matchAll(/`([a-z-]+)`/g)].map(
          ([, code]: string[]) => code as ProblemCode,
        )
        for (const code of listed) t.is(problemTable[code].status, Number(status), code)
        t.deepEqual(Object.keys(content['application/problem+json'].examples), listed)
        return listed
      })
    t.deepEqual(codes.toSorted(), [...new Set(problemsOf(route))].sort())
  }
})

test('the schema of a problem lists every code with its status and meaning', t => {
  const {code} = contract.components.schemas.Problem.properties
  t.deepEqual(code.enum.toSorted(), Object.keys(problemTable).sort())
  for (const [name, {status, meaning}] of Object.entries(problemTable))
    t.true(code.description.includes(`\`${name}\` (${status}): ${meaning}`))
})

test('every event type has a schema, and a stream is described as a sequence of blocks that contain events', t => {
  const {schemas} = contract.components
  const types = schemas.BoardEvent.oneOf.map(
    ({$ref}: {$ref: string}) => resolve($ref).properties.type.enum[0],
  )
  t.deepEqual(types.toSorted(), eventTypes.toSorted())
  const {content} = contract.paths['/api/v1/events/tasks'].get.responses[200]
  const block = resolve(content['text/event-stream'].itemSchema.$ref)
  const data = block.properties.data.contentSchema
  t.deepEqual(content['text/event-stream'].schema, data, 'programs that do not read itemSchema read schema')
  t.deepEqual(
    resolve(data.$ref).oneOf.map(({$ref}: {$ref: string}) => $ref),
    ['#/components/schemas/BoardEvent', '#/components/schemas/StreamEvent'],
  )
})

test('every reference in the contract points to a part that exists', t => {
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
