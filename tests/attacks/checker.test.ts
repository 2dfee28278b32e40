// Tests the checks of the attack runs: each check finds the fault that it looks for.
import test from 'ava'
import {readOperations} from './run/contract.ts'
import {planOperations} from './run/plans.ts'
import {exampleOf, textFieldsOf} from './run/schemas.ts'
import {parseFrame} from './run/stream-watch.ts'
import {Transcript} from './run/transcript.ts'

test('planOperations throws when an operation has no plan, and when a plan has no operation', t => {
  const operations = readOperations()
  t.notThrows(() => planOperations(operations))
  const added = {...operations[0]!, name: 'PUT /api/v1/new', path: '/api/v1/new'}
  t.throws(() => planOperations([...operations, added]), {message: /PUT \/api\/v1\/new/})
  t.throws(() => planOperations(operations.slice(1)), {message: /GET \/api\/v1\/me/})
})

test('the lowest role, the security and the problems of an operation are read from the contract', t => {
  const operations = new Map(planOperations().map(operation => [operation.name, operation]))
  t.is(operations.get('GET /api/v1/tasks/{id}')!.role, 'viewer')
  t.is(operations.get('PATCH /api/v1/tasks/{id}')!.role, 'member')
  t.deepEqual(operations.get('GET /livez')!.security, [])
  t.true(operations.get('GET /api/v1/events')!.isStream)
  t.true(operations.get('GET /api/v1/events')!.security.includes('tokenInQuery'))
  t.deepEqual(operations.get('GET /api/v1/tasks/{id}')!.problems.get(404), ['task-not-found'])
})

test('text fields are found in objects, arrays and unions, and a valid value is made for each text field', t => {
  const text = {type: 'string', minLength: 3}
  const id = {type: 'string', format: 'uuid'}
  const schema = {
    anyOf: [
      {
        type: 'object',
        properties: {type: {type: 'string', enum: ['a']}, id, inner: {type: 'object', properties: {text}}},
        required: ['type'],
      },
      {type: 'array', items: {type: 'object', properties: {text, other: text}, required: ['other']}},
    ],
  }
  const fields = textFieldsOf(schema)
  t.deepEqual(
    fields.map(({path}) => path),
    ['a.inner.text', '0.text', '0.other'],
  )
  t.deepEqual(
    fields.map(({fill}) => fill('x')),
    [{type: 'a', inner: {text: 'x'}}, [{other: 'Example', text: 'x'}], [{other: 'x'}]],
  )
  t.deepEqual(exampleOf(schema), {type: 'a'})
})

test('a block is malformed when it has two ids, two lines of data, two different types, a control character or invalid JSON', t => {
  const id = 'id:aaaaaaaaaaaaa-1\n'
  const rest = 'event:task.created\ndata:{"type":"task.created"}'
  t.deepEqual(parseFrame(id + rest), {id: 'aaaaaaaaaaaaa-1', data: {type: 'task.created'}})
  t.deepEqual(parseFrame(rest), {data: {type: 'task.created'}})
  t.deepEqual(parseFrame(`retry:100\n${rest}`), {data: {type: 'task.created'}})
  for (const block of [
    id + id + rest,
    `${id}${rest}\ndata:{}`,
    `${rest}\n${id}`,
    rest.replace('event:task.created', 'event:task.deleted'),
    rest.replace('}', ',"text":"\r"}'),
    rest.replace('}', ',"text":"é"}'),
    rest.replace('}', ''),
    ': a comment',
    'id:aaaaaaaaaaaaa-1',
    'retry:100',
    `retry:1\nretry:2\n${rest}`,
  ]) {
    t.is(parseFrame(block), undefined, block)
  }
})

test('a credential is found in a text, even when the text contains only one segment of a token', t => {
  const transcript = new Transcript()
  const token = ['header', 'payload'.repeat(3), 'signature'.repeat(3)].join('.')
  transcript.addCredential('the token', token)
  transcript.addCredential('the key', 'bck_0123456789abcdef')
  transcript.search('a response', 'nothing of interest in the header')
  t.deepEqual(transcript.leaks, [])
  transcript.search('a response', `x${'signature'.repeat(3)}x`)
  transcript.search('a log line', '"bck_0123456789abcdef"')
  transcript.search('the cookie', token, [token])
  t.deepEqual(transcript.leaks, [
    {credential: 'the token', place: 'a response'},
    {credential: 'the key', place: 'a log line'},
  ])
})
