import {EventEmitter} from 'node:events'
import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import {Problem} from '../../src/board/problem.ts'
import {limitUnfinished} from '../../src/http/unfinished-lists.ts'

class Response extends EventEmitter {
  closed = false
  close(): void {
    this.closed = true
    this.emit('close')
  }
}

test('when the unfinished lists of a member reach the limit, the next lists of this member wait, and other members do not wait', async t => {
  const waitForPlace = limitUnfinished(2)
  const started: string[] = []
  const responses = ['ada 1', 'ada 2', 'ada 3', 'ada 4', 'bob 1'].map(name => {
    const response = new Response()
    void waitForPlace(name.slice(0, 3), response as never).then(() => started.push(name))
    return response
  })
  await nextTurn()
  t.deepEqual(started, ['ada 1', 'ada 2', 'bob 1'])
  responses[1]!.close()
  await nextTurn()
  t.deepEqual(started, ['ada 1', 'ada 2', 'bob 1', 'ada 3'])
  responses[0]!.close()
  responses[2]!.close()
  await nextTurn()
  responses[3]!.close()
  for (const name of ['ada 5', 'ada 6', 'ada 7']) {
    void waitForPlace('ada', new Response() as never).then(() => started.push(name))
  }
  await nextTurn()
  t.deepEqual(started.slice(4), ['ada 4', 'ada 5', 'ada 6'])
})

test('a request that waits too long is refused, and does not take the place of a later request', async t => {
  const problem = () => new Problem('export-in-progress', 'Wait')
  const waitForPlace = limitUnfinished(1, {ms: 1, problem})
  const [first, next] = [new Response(), new Response()]
  await waitForPlace('ada', first as never)
  await t.throwsAsync(waitForPlace('ada', new Response() as never), {code: 'export-in-progress'})
  first.close()
  await waitForPlace('ada', next as never)
  t.pass()
})

test('when the client of a waiting request disconnects, this request does not block the next waiting request', async t => {
  const waitForPlace = limitUnfinished(1)
  const [first, gone, last] = [new Response(), new Response(), new Response()]
  await waitForPlace('ada', first as never)
  const rejected = t.throwsAsync(waitForPlace('ada', gone as never), {code: 'invalid-request'})
  const next = waitForPlace('ada', last as never)
  gone.close()
  first.close()
  await rejected
  await next
  t.pass()
})
