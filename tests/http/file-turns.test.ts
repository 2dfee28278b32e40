import {EventEmitter} from 'node:events'
import test from 'ava'
import type {Problem} from '../../src/board/problem.ts'
import {FileTurns} from '../../src/http/file-turns.ts'
import {problemResponse} from '../../src/http/problems.ts'

/** The response to a request whose client is still connected. */
function openResponse() {
  return Object.assign(new EventEmitter(), {closed: false})
}

/** Starts work for organizations. The work of an organization ends when its function in `ending` is called. */
function startTurns(maxWaitMs?: number) {
  const turns = new FileTurns(1_000, maxWaitMs)
  const ending = new Map<string, () => void>()
  const start = (organization: string, res = openResponse()) =>
    turns.run(organization, 1, res, () => new Promise<void>(resolve => ending.set(organization, resolve)))
  return {turns, ending, start}
}

const eight = ['1', '2', '3', '4', '5', '6', '7', '8']

test('an organization imports one file at a time, and does not delay another organization', async t => {
  const {turns, ending, start} = startTurns()
  const first = start('a')
  await t.throwsAsync(start('a'), {code: 'overloaded', message: /Another import of your organization/})
  t.throws(() => turns.requireFree('a'), {code: 'overloaded', message: /Another import of your organization/})
  turns.requireFree('b')
  const second = start('b')
  t.deepEqual([...ending.keys()], ['a', 'b'])
  ending.get('a')!()
  await first
  const again = start('a')
  ending.get('a')!()
  ending.get('b')!()
  await Promise.all([again, second])
  await t.throwsAsync(
    turns.run('c', 1_001, openResponse(), async () => {}),
    {code: 'overloaded'},
  )
})

test('a file that waits too long is refused, and its organization can try again', async t => {
  const {ending, start} = startTurns(1)
  const running = eight.map(organization => start(organization))
  t.is(ending.size, 8)
  for (const _ of [1, 2]) {
    await t.throwsAsync(start('c'), {code: 'overloaded', message: /importing other files/})
  }
  ending.get('1')!()
  await running[0]
  const last = start('c')
  for (const end of ending.values()) end()
  await Promise.all([...running, last])
})

test('a refused file can be sent again in a minute, or in 10 s when the other file is of the same organization', async t => {
  const {turns, ending, start} = startTurns()
  const first = start('a')
  const other = await t.throwsAsync<Problem>(turns.run('b', 1_000, openResponse(), async () => {}))
  t.is(problemResponse(other!).headers['Retry-After'], '60')
  const own = await t.throwsAsync<Problem>(start('a'))
  t.is(problemResponse(own!).headers['Retry-After'], '10')
  ending.get('a')!()
  await first
})

test('when the client of a waiting file disconnects, its organization can try again, and files that are being read continue', async t => {
  const {ending, start} = startTurns()
  const responses = eight.map(openResponse)
  const running = eight.map((organization, index) => start(organization, responses[index]))
  const gone = openResponse()
  const waiting = start('c', gone)
  for (const res of [gone, ...responses]) res.emit('close')
  await t.throwsAsync(waiting, {code: 'invalid-request'})
  const again = start('c')
  ending.get('1')!()
  await running[0]
  t.true(ending.has('c'))
  for (const end of ending.values()) end()
  await Promise.all([...running, again])
})
