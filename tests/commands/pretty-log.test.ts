import {stripVTControlCharacters} from 'node:util'
import test from 'ava'
import {formatLine} from '../../src/commands/pretty-log.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {run} from '../helpers/process.ts'

const format = (line: object) =>
  formatLine(JSON.stringify({time: Date.UTC(2026, 0, 1), pid: 1, hostname: 'vm', ...line}))

test('a request is formatted as one line with its method, path, status, duration and fields', t => {
  const line = format({
    level: 30,
    method: 'GET',
    path: '/me',
    status: 200,
    ms: 3,
    user_id: 'ada',
    msg: 'request',
  })
  t.regex(line, /^\d\d:\d\d:\d\d info {2}request GET \/me 200 3 ms user_id=ada\n$/)
})

test('a warning has a color, and the stack of an error follows on lines of its own', t => {
  const line = format({level: 40, msg: 'lost', err: {message: 'a', stack: 'Error: a\n    at b'}})
  t.true(line.includes('\u001b[33m'))
  t.regex(stripVTControlCharacters(line), / warn {2}lost\n {2}Error: a\n {6}at b\n$/)
})

test('control characters of a client do not reach the terminal', t => {
  const line = format({
    level: 30,
    method: 'GET',
    path: '/\u001b]0;title\u0007\u001b[2J',
    status: 404,
    msg: 'request',
  })
  t.false(line.includes('\u001b'))
  t.false(line.includes('\u0007'))
})

test('with LOG_FORMAT=pretty, the server writes lines for people; an unknown format is an error', async t => {
  // The server warns that it uses HTTP, and then exits, because the address does not belong to this machine.
  const env = {
    DATA_DIR: await createDataFolder(t),
    HOST: '192.0.2.1',
    AUTH_JWKS_URL: 'http://issuer.example/jwks',
    LOG_FORMAT: 'pretty',
  }
  const {code, stdout} = await run([], env)
  t.is(code, 1)
  t.regex(stripVTControlCharacters(stdout), /^\d\d:\d\d:\d\d warn {2}AUTH_JWKS_URL is not https/m)
  t.regex((await run([], {LOG_FORMAT: 'xml'})).stderr, /LOG_FORMAT: must be one of json, pretty/)
})
