import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import {type CountsRequest, SharedStreamCounts, WorkerStreams} from '../../src/live/shared-stream-counts.ts'
import {StreamCounts, type StreamOwner} from '../../src/live/stream-counts.ts'

const ada = {organizationId: 'acme', userId: 'ada'}
const bob = {organizationId: 'acme', userId: 'bob'}
const roomy = {maxStreams: 100, maxStreamsPerOrganization: 100, maxStreamsPerUser: 100}

/** A worker. `onTheWay` contains the messages of the worker that have not reached the primary process yet. */
class FakeWorker {
  readonly onTheWay: CountsRequest[] = []
  readonly permits: SharedStreamCounts
  readonly #streams: WorkerStreams

  constructor(counts: StreamCounts, responseTimeoutMs = 60_000) {
    this.#streams = new WorkerStreams(counts)
    this.permits = new SharedStreamCounts({send: request => this.onTheWay.push(request), responseTimeoutMs})
  }

  /** Delivers the oldest message to the primary process. Then delivers the response, if any, to the worker. */
  deliver(): void {
    const request = this.onTheWay.shift()
    const response = request && this.#streams.handle(request)
    if (response) this.permits.receive(response)
  }

  /** Simulates that the worker is killed: the messages on the way are lost, and the worker's streams are released. */
  kill(): void {
    this.onTheWay.length = 0
    this.permits.close()
    this.#streams.releaseAll()
  }
}

test('the requests of one turn of the event loop are sent in one message, and each request receives its own response', async t => {
  const worker = new FakeWorker(new StreamCounts({...roomy, maxStreamsPerUser: 1}))
  worker.permits.release(bob)
  const responses = Promise.all([ada, ada, bob].map(owner => worker.permits.acquire(owner)))
  await nextTurn()
  t.deepEqual(worker.onTheWay, [{acquire: [ada, ada, bob], release: [bob]}])
  worker.deliver()
  t.deepEqual(await responses, [true, false, true])
})

test('when the response to a request is late, the request is rejected; after the late response has arrived, the worker releases the stream', async t => {
  const counts = new StreamCounts(roomy)
  const worker = new FakeWorker(counts, 1)
  await t.throwsAsync(worker.permits.acquire(ada), {message: /did not respond/})
  worker.deliver()
  t.is(counts.total, 1)
  await nextTurn()
  worker.deliver()
  t.is(counts.total, 0)
})

test('a late response is not used as the response to a later request', async t => {
  const counts = new StreamCounts({...roomy, maxStreamsPerUser: 1})
  const worker = new FakeWorker(counts, 500)
  counts.acquire(ada)
  await t.throwsAsync(worker.permits.acquire(ada))
  const later = worker.permits.acquire(bob)
  await nextTurn()
  worker.deliver()
  worker.deliver()
  t.true(await later)
})

test('when the primary process has ended, waiting requests and new requests are rejected', async t => {
  const worker = new FakeWorker(new StreamCounts(roomy))
  const waiting = [worker.permits.acquire(ada)]
  await nextTurn()
  waiting.push(worker.permits.acquire(bob))
  worker.permits.close()
  waiting.push(worker.permits.acquire(ada))
  for (const one of waiting) await t.throwsAsync(one, {message: /has ended/})
  worker.permits.release(ada)
  await nextTurn()
  t.is(worker.onTheWay.length, 1, 'nothing is sent any more')
})

const limits = {maxStreams: 7, maxStreamsPerOrganization: 5, maxStreamsPerUser: 3}
const owners: StreamOwner[] = ['a', 'b'].flatMap(organizationId =>
  ['1', '2'].map(user => ({organizationId, userId: organizationId + user})),
)
const workerCount = 3
const workerIndex = fc.nat(workerCount - 1)
const step = fc.oneof(
  {weight: 6, arbitrary: fc.record({open: fc.constantFrom(...owners), worker: workerIndex})},
  {weight: 3, arbitrary: fc.record({end: fc.nat(limits.maxStreams), worker: workerIndex})},
  {weight: 6, arbitrary: fc.record({deliver: fc.constant(true), worker: workerIndex})},
  {weight: 1, arbitrary: fc.record({kill: fc.constant(true), worker: workerIndex})},
)

test('the workers together never exceed a limit, and no slot is lost when streams end or workers are killed', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, {maxLength: 80}), async steps => {
      const counts = new StreamCounts(limits)
      const start = () => ({worker: new FakeWorker(counts), open: [] as StreamOwner[]})
      const workers = Array.from({length: workerCount}, start)
      for (const one of steps) {
        const {worker, open} = workers[one.worker]!
        if ('open' in one) {
          const opened = worker.permits.acquire(one.open).then(
            isAcquired => isAcquired && open.push(one.open),
            () => {}, // the worker was killed
          )
          void opened
        } else if ('end' in one) {
          for (const owner of open.splice(one.end, 1)) worker.permits.release(owner)
        } else if ('deliver' in one) {
          worker.deliver()
        } else {
          worker.kill()
          workers[one.worker] = start()
        }
        await nextTurn()
        checkLimits(workers.flatMap(({open}) => open))
      }
      // All streams end, and all messages arrive.
      for (const {worker} of workers) while (worker.onTheWay.length > 0) worker.deliver()
      await nextTurn()
      checkLimits(workers.flatMap(({open}) => open))
      t.is(counts.total, workers.flatMap(({open}) => open).length)
      for (const {worker, open} of workers) for (const owner of open) worker.permits.release(owner)
      await nextTurn()
      for (const {worker} of workers) worker.deliver()
      t.is(counts.total, 0)
    }),
  )

  function checkLimits(open: readonly StreamOwner[]): void {
    t.true(open.length <= limits.maxStreams)
    for (const {organizationId, userId} of owners) {
      const ofOrganization = open.filter(owner => owner.organizationId === organizationId)
      t.true(ofOrganization.length <= limits.maxStreamsPerOrganization)
      t.true(ofOrganization.filter(owner => owner.userId === userId).length <= limits.maxStreamsPerUser)
    }
  }
})
