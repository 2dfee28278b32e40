// Tests the messages for invalid requests: each message names the field and describes a valid value.
import test from 'ava'
import {z} from 'zod'
import type {Problem} from '../../src/board/problem.ts'
import {validate} from '../../src/http/validate.ts'

const schema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  hours: z.int().min(1).max(99).optional(),
  size: z.number().optional(),
  id: z.uuid().optional(),
  day: z.iso.date().optional(),
  role: z.enum(['viewer', 'admin']).optional(),
  version: z.literal(2).optional(),
  tags: z.array(z.string()).min(1).max(2).optional(),
  either: z.union([z.strictObject({a: z.string()}), z.strictObject({b: z.string()})]).optional(),
})

const faults: [body: unknown, fault: string][] = [
  [undefined, 'is required'],
  ['text', 'must be an object'],
  [{name: 1}, 'name: must be a string'],
  [{name: ''}, 'name: must have at least 1 character'],
  [{name: 'x'.repeat(201)}, 'name: must have at most 200 characters'],
  [{hours: 1.5}, 'hours: must be a whole number'],
  [{hours: 0}, 'hours: must be at least 1'],
  [{hours: 100}, 'hours: must be at most 99'],
  [{size: 'big'}, 'size: must be a number'],
  [{id: 'x'}, 'id: must be a UUID'],
  [{day: 'today'}, 'day: must be a date such as 2026-01-31'],
  [{role: 'owner'}, 'role: must be one of viewer, admin'],
  [{version: 3}, 'version: must be 2'],
  [{tags: {}}, 'tags: must be a list'],
  [{tags: []}, 'tags: must have at least 1 item'],
  [{tags: ['a', 2]}, 'tags.1: must be a string'],
  [{either: {}}, 'either: does not match any of the accepted forms'],
  [{colour: 'red'}, 'unknown field colour'],
  [{colour: 'red', shape: 'round'}, 'unknown fields colour, shape'],
]
for (const [body, fault] of faults) {
  test(`the body ${JSON.stringify(body)?.slice(0, 40)} is rejected with "${fault}"`, t => {
    const {message, data} = t.throws<Problem>(() => validate('body', schema, body), {code: 'invalid-request'})
    t.is(message, `The body is invalid: ${fault}.`)
    t.is((data.errors as unknown[]).length, 1)
  })
}

test('when a request has several faults, the detail describes the first fault and `errors` lists all of them', t => {
  const {message, data} = t.throws<Problem>(() => validate('query', schema, {name: '', role: 'owner'}))
  t.is(message, 'The query is invalid: name: must have at least 1 character. See `errors` for more.')
  t.deepEqual(data.errors, [
    {path: 'name', message: 'must have at least 1 character'},
    {path: 'role', message: 'must be one of viewer, admin'},
  ])
})

test('when a body may be an item or a list, an item gets the errors for an item, and a list gets the errors for a list', t => {
  const item = z.strictObject({name: z.string()})
  const oneOrMany = z.union([item, z.array(item)])
  const errorsFor = (body: unknown) => t.throws<Problem>(() => validate('body', oneOrMany, body)).data.errors
  t.deepEqual(errorsFor({name: 1}), [{path: 'name', message: 'must be a string'}])
  t.deepEqual(errorsFor([{name: 'a'}, {}]), [{path: '1.name', message: 'is required'}])
})

test('the error for an invalid request lists at most 20 faults', t => {
  const {data} = t.throws<Problem>(() => validate('body', z.array(z.string()), Array(30).fill(1)))
  t.is((data.errors as unknown[]).length, 20)
})
