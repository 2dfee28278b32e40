import test from 'ava'
import {LimiterCounts, noRateLimits} from '../../src/limits/rate-counts.ts'
import {answerCountRequest, type CountRequest, SharedRateCounts} from '../../src/limits/shared-rate-counts.ts'
import {until} from '../helpers/until.ts'

const limits = {...noRateLimits.limits, changesPerUser: 3, changesPerOrganization: 100}

/** Starts workers that share the counts of a primary process. */
function startWorkers(count: number) {
  const primary = new LimiterCounts(limits)
  const requests: CountRequest[] = []
  const workers = Array.from({length: count}, () => {
    const worker: SharedRateCounts = new SharedRateCounts({
      limits,
      send(request) {
        requests.push(request)
        void answerCountRequest(primary, request).then(response => worker.receive(response))
      },
    })
    return worker
  })
  return {workers, requests}
}

test('the limit applies to the uses of all workers together', async t => {
  const {workers} = startWorkers(2)
  const exceeded: boolean[] = []
  for (let round = 0; round < 2; round++) {
    for (const worker of workers) exceeded.push((await worker.count('changesPerUser', 'ada'))!.isExceeded)
  }
  t.deepEqual(exceeded, [false, false, false, true])
  t.false((await workers[0]!.count('changesPerUser', 'bob'))!.isExceeded)
})

test('a worker sends all uses of one turn of the event loop in one message', async t => {
  const {workers, requests} = startWorkers(1)
  const uses = await Promise.all(['ada', 'bob', 'ada'].map(key => workers[0]!.count('changesPerUser', key)!))
  t.is(requests.length, 1)
  t.deepEqual(
    uses.map(({remaining}) => remaining),
    [2, 2, 1],
  )
})

test('a worker sends the further uses of a request', async t => {
  const {workers} = startWorkers(2)
  t.is(
    (await workers[0]!.count('changesPerOrganization', 'acme', {number: 90, areDone: false}))!.remaining,
    10,
  )
  t.is((await workers[1]!.count('changesPerOrganization', 'acme'))!.remaining, 9)
})

test('when a use has no limit, the worker sends no message', t => {
  const {workers, requests} = startWorkers(1)
  t.is(workers[0]!.count('signInsPerAddress', '203.0.113.7'), undefined)
  t.deepEqual(requests, [])
})

test('when the primary process does not respond in time, the worker counts alone, and ignores the late response', async t => {
  const requests: CountRequest[] = []
  const worker = new SharedRateCounts({limits, send: request => requests.push(request), responseTimeoutMs: 5})
  t.is((await worker.count('changesPerUser', 'ada'))!.remaining, 2)
  worker.receive({id: requests[0]!.id, uses: [{isExceeded: true, remaining: 0, resetMs: 1}]})
  t.is((await worker.count('changesPerUser', 'ada'))!.remaining, 1)
})

test('when the primary process has ended, the worker itself counts the waiting uses and all new uses', async t => {
  const requests: CountRequest[] = []
  const worker = new SharedRateCounts({limits, send: request => requests.push(request)})
  const sent = worker.count('changesPerUser', 'ada')!
  await until(() => requests.length === 1)
  const waiting = worker.count('changesPerUser', 'ada')!
  worker.close()
  t.is((await sent).remaining, 2)
  t.is((await waiting).remaining, 1)
  t.is((await worker.count('changesPerUser', 'ada'))!.remaining, 0)
  t.true((await worker.count('changesPerUser', 'ada'))!.isExceeded)
  t.is(requests.length, 1)
})
