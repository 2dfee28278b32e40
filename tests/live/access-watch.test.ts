import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import type {Grant, RevocationReason} from '../../src/board/access.ts'
import {AccessWatch, type FindRevoked} from '../../src/live/access-watch.ts'
import {newId} from '../../src/store/ids.ts'
import {until} from '../helpers/until.ts'

function streamOf(grant: Grant = {memberId: newId()}) {
  const ends: (RevocationReason | 'store')[] = []
  return {
    organizationId: newId(),
    grant,
    ends,
    revoke: (reason: RevocationReason) => ends.push(reason),
    endUnavailable: (reason: 'store') => ends.push(reason),
  }
}

type TestStream = ReturnType<typeof streamOf>

function watchWith(findRevoked: FindRevoked, checkDelayMs = 1) {
  const errors: unknown[] = []
  const watch = new AccessWatch<TestStream>({
    findRevoked,
    readTimeoutMs: 2 ** 31 - 1,
    checkDelayMs,
    retryIntervalMs: 1,
    now: () => performance.now(),
    onError: error => errors.push(error),
  })
  return {watch, errors}
}

test('one query checks all streams that open within the delay', async t => {
  const batches: number[] = []
  const {watch} = watchWith(async streams => {
    batches.push(streams.length)
    return streams.map(() => null)
  }, 50)
  t.teardown(() => watch.stop())
  for (let count = 0; count < 10; count++) watch.check([streamOf()])
  await Promise.resolve()
  watch.check([streamOf(), streamOf()])
  await until(() => batches.length > 0)
  t.deepEqual(batches, [12])
})

test('when more streams wait than one query can check, the next query follows immediately', async t => {
  const batches: number[] = []
  const {watch} = watchWith(async streams => {
    batches.push(streams.length)
    return streams.map(() => null)
  })
  t.teardown(() => watch.stop())
  watch.check(Array.from({length: 2_500}, () => streamOf()))
  await until(() => batches.length === 3)
  t.deepEqual(batches, [1_000, 1_000, 500])
})

test('the check ends exactly the streams whose access was withdrawn or lost', async t => {
  const [valid, revoked, lost] = [streamOf(), streamOf(), streamOf()]
  const {watch} = watchWith(async streams =>
    streams.map(stream => (stream === revoked ? 'signed-out' : stream === lost ? 'lost' : null)),
  )
  t.teardown(() => watch.stop())
  watch.check([valid, revoked, lost])
  await until(() => revoked.ends.length > 0 && lost.ends.length > 0)
  t.deepEqual([valid.ends, revoked.ends, lost.ends], [[], ['signed-out'], ['store']])
})

test('when a check fails, the next check includes the same streams, and the streams that have opened during the failed check', async t => {
  const [first, second] = [streamOf(), streamOf()]
  let attempts = 0
  const {watch, errors} = watchWith(async streams => {
    if (++attempts > 1) return streams.map(() => 'member-removed')
    watch.check([second])
    throw new Error('The database does not respond.')
  })
  t.teardown(() => watch.stop())
  watch.check([first])
  await until(() => first.ends.length > 0 && second.ends.length > 0)
  t.is(errors.length, 1)
})

test('a watch does not check streams that have closed, and a stopped watch checks no streams', async t => {
  const checked: unknown[] = []
  const {watch} = watchWith(async streams => {
    checked.push(...streams)
    return streams.map(() => null)
  })
  const [closed, open] = [streamOf(), streamOf()]
  watch.add(closed)
  watch.check([closed, open])
  watch.delete(closed)
  await until(() => checked.length > 0)
  t.deepEqual(checked, [open])
  watch.check([streamOf()])
  watch.stop()
  await delay(10)
  t.is(checked.length, 1)
})
