import test from 'ava'
import {prefersJson} from '../../src/http/accept.ts'

test('a request is a poll only when its Accept header prefers JSON to an event stream', t => {
  const expected: Record<string, boolean> = {
    'application/json': true,
    'Application/JSON;charset=utf-8': true,
    'application/*': true,
    'application/json, text/event-stream;q=0.9': true,
    'text/event-stream;q=0.1, application/json;q=0.2': true,
    'text/event-stream;q=0, */*': true,
    'application/json; q=0.8, */*;q=0.5': true,
    '*/*': false,
    '': false,
    'text/event-stream': false,
    'text/html': false,
    'application/problem+json': false,
    'application/json, text/event-stream': false,
    'application/json, text/plain, */*': false,
    'application/json;q=0.1, text/event-stream;q=0.9': false,
    'application/json;q=0, */*': false,
    'application/json;q=nonsense, text/event-stream;q=0.5': false,
    'text/*, application/json;q=0.9': false,
  }
  for (const [accept, isPoll] of Object.entries(expected)) t.is(prefersJson(accept), isPoll, accept)
  t.false(prefersJson(undefined))
})

test('an Accept header with more than 1,000 characters is ignored', t => {
  t.true(prefersJson(`application/json${','.repeat(900)}`))
  t.false(prefersJson(`application/json${','.repeat(1_000)}`))
})
