import test from 'ava'
import {TokenBuckets} from '../../src/limits/token-buckets.ts'

function makeBuckets() {
  let now = 1_000
  const buckets = new TokenBuckets({size: 3, perSecond: 10, monotonicNow: () => now})
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return {buckets, pass}
}

test('a new key can take all tokens of its full bucket at once, and the next attempt is rejected', t => {
  const {buckets} = makeBuckets()
  const uses = [1, 2, 3, 4].map(() => buckets.take('ada'))
  t.deepEqual(uses, [
    {isExceeded: false, remaining: 2, resetMs: 100},
    {isExceeded: false, remaining: 1, resetMs: 200},
    {isExceeded: false, remaining: 0, resetMs: 300},
    {isExceeded: true, remaining: 0, resetMs: 100},
  ])
  t.false(buckets.take('bob').isExceeded)
})

test('an empty bucket receives tokens at a steady rate, and rejected attempts do not delay the next token', t => {
  const {buckets, pass} = makeBuckets()
  for (let count = 0; count < 3; count++) buckets.take('ada')
  let taken = 0
  for (let count = 0; count < 100; count++) {
    pass(10)
    if (!buckets.take('ada').isExceeded) taken++
  }
  t.is(taken, 10)
})

test('when nobody uses a bucket, the bucket becomes full, and then receives no further tokens', t => {
  const {buckets, pass} = makeBuckets()
  for (let count = 0; count < 3; count++) buckets.take('ada')
  pass(60_000)
  t.deepEqual(buckets.take('ada'), {isExceeded: false, remaining: 2, resetMs: 100})
})
