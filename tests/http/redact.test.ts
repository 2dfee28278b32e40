import test from 'ava'
import {redact, redactAll} from '../../src/http/redact.ts'

const secret = 'x'.repeat(43)

for (const [text, expected] of [
  ['connect postgres://board:hunter2@db:5432/board', 'connect postgres://board:[redacted]@db:5432/board'],
  ['redis://:hunter2@cache:6379', 'redis://:[redacted]@cache:6379'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
  [`X-API-Key: bck_${secret}`, 'X-API-Key: [redacted]'],
  [`bcs_${secret} bct_${secret}`, '[redacted] [redacted]'],
  ['GET /events?token=abc&sprint_id=1', 'GET /events?token=[redacted]&sprint_id=1'],
  ['/events?a=1&api_key=abc', '/events?a=1&api_key=[redacted]'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.abc-_1 refused', 'token [redacted] refused'],
  ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 127.0.0.1:5432'],
  ['http://board.example:8080/x', 'http://board.example:8080/x'],
]) {
  test(`redacts: ${text}`, t => t.is(redact(text!), expected!))
}

test('all texts of an error are redacted, and an error that refers to itself ends', t => {
  const error: Record<string, unknown> = {message: 'Bearer abc', hosts: ['redis://:a@b'], port: 1}
  error.self = error
  const redacted = redactAll(error) as typeof error
  t.like(redacted, {message: 'Bearer [redacted]', port: 1})
  t.deepEqual(redacted.hosts, ['redis://:[redacted]@b'])
  t.false(JSON.stringify(redacted).includes('abc'))
})
