import test from 'ava'
import {pino} from 'pino'
import {limitRepeatedLines} from '../../src/commands/repeated-lines.ts'
import {until} from '../helpers/until.ts'

function createLog(afterMs: number) {
  const lines: Record<string, unknown>[] = []
  const stream = {write: (line: string) => lines.push(JSON.parse(line))}
  return {lines, log: pino({hooks: {logMethod: limitRepeatedLines(afterMs)}}, stream)}
}

test('a warning that repeats is written once, and then once more with the number of repetitions and its last fields', async t => {
  const {lines, log} = createLog(100)
  for (let n = 1; n <= 50; n++) log.warn({n}, 'the database is unavailable')
  t.is(lines.length, 1)
  await until(() => lines.length === 2)
  t.like(lines[0], {n: 1, msg: 'the database is unavailable'})
  t.false('repeated' in lines[0]!)
  t.like(lines[1], {n: 50, repeated: 49, level: 40, msg: 'the database is unavailable'})
  log.warn('the database is unavailable')
  t.is(lines.length, 3)
})

test('other warnings, other errors, other workers, requests and lines of level info are always written', t => {
  const {lines, log} = createLog(60_000)
  log.warn('a')
  log.warn('b')
  for (const message of ['one', 'other']) log.warn({err: new Error(message)}, 'failed')
  for (const worker of [1, 2]) log.warn({worker}, 'a worker has ended')
  for (let n = 0; n < 3; n++) log.info('started')
  for (let n = 0; n < 3; n++) log.warn({status: 404}, 'request')
  for (let n = 0; n < 3; n++) log.fatal('fatal')
  t.is(lines.length, 15)
})

test('a repeated warning of a child logger keeps the fields of the child', async t => {
  const {lines, log} = createLog(20)
  const child = log.child({worker: 2})
  child.warn('again')
  child.warn('again')
  await until(() => lines.length === 2)
  t.like(lines[1], {worker: 2, repeated: 1})
})
