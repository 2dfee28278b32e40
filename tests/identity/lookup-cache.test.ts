import test from 'ava'
import {createLookupCache, type LookupCacheOptions} from '../../src/identity/lookup-cache.ts'

test('concurrent lookups of one key call the load function only once and return the same value', async t => {
  const {cache} = openCache()
  const {load, calls} = counting(() => ({}))
  const values = await Promise.all(Array.from({length: 1000}, () => cache.get('a', load)))
  t.is(calls(), 1)
  t.is(new Set(values).size, 1)
})

test('each key has its own value, and a cached value is not loaded again', async t => {
  const {cache} = openCache()
  t.like(await cache.get('a', async () => ({is: 'A'})), {is: 'A'})
  t.like(await cache.get('b', async () => ({is: 'B'})), {is: 'B'})
  t.like(await cache.get('a', async () => ({is: 'another'})), {is: 'A'})
})

test('a rejection reaches every waiting caller and is not cached', async t => {
  const {cache} = openCache()
  const failing = counting(() => {
    throw new Error('down')
  })
  const results = await Promise.allSettled([cache.get('a', failing.load), cache.get('a', failing.load)])
  t.deepEqual(
    results.map(({status}) => status),
    ['rejected', 'rejected'],
  )
  t.is(failing.calls(), 1)
  t.like(await cache.get('a', async () => ({is: 'up'})), {is: 'up'})
})

test('the age of a value is measured from the start of the lookup, not from the end of the lookup', async t => {
  const {cache, clock} = openCache({maxAgeMs: 50})
  const {load, calls} = counting(() => {
    clock.time += 40
    return {}
  })
  await cache.get('a', load)
  clock.time += 10
  await cache.get('a', load)
  t.is(calls(), 1)
  clock.time += 1
  await cache.get('a', load)
  t.is(calls(), 2)
})

test('when loading a value takes as long as the age limit, the value is returned but not cached', async t => {
  const {cache, clock} = openCache({maxAgeMs: 50})
  const {load, calls} = counting(() => {
    clock.time += 50
    return {}
  })
  t.truthy(await cache.get('a', load))
  t.truthy(await cache.get('a', load))
  t.is(calls(), 2)
})

test('when a value becomes invalid before the age limit, the value is loaded again', async t => {
  const {cache, clock} = openCache({maxAgeMs: 1000, validForMs: () => 30})
  const {load, calls} = counting(() => ({}))
  await cache.get('a', load)
  clock.time += 30
  await cache.get('a', load)
  t.is(calls(), 1)
  clock.time += 1
  await cache.get('a', load)
  t.is(calls(), 2)
})

test('when there is no age limit and no expiry, a value stays in the cache', async t => {
  const {cache, clock} = openCache()
  const {load, calls} = counting(() => ({}))
  await cache.get('a', load)
  clock.time += 1e12
  await cache.get('a', load)
  t.is(calls(), 1)
})

test('the least recently used entry is evicted first', async t => {
  const {cache} = openCache({maxEntries: 2})
  const {load, calls} = counting(() => ({}))
  const old = async () => ({})
  for (const key of ['a', 'b', 'a', 'c']) await cache.get(key, old)
  await cache.get('a', load)
  await cache.get('c', load)
  t.is(calls(), 0)
  await cache.get('b', load)
  t.is(calls(), 1)
})

test('when a lookup is evicted before it completes, the caller of the lookup gets the value', async t => {
  const {cache} = openCache({maxEntries: 1})
  const {promise, resolve} = withResolvers<{is: string}>()
  const first = cache.get('a', () => promise)
  await cache.get('b', async () => ({is: 'B'}))
  resolve({is: 'A'})
  t.like(await first, {is: 'A'})
})

test('when several callers renew the same stale value concurrently, the new value is loaded once', async t => {
  const {cache} = openCache()
  const stale = await cache.get('a', async () => ({is: 'old'}))
  const {load, calls} = counting(() => ({is: 'new'}))
  const values = await Promise.all(Array.from({length: 100}, () => cache.renew('a', stale, load)))
  t.deepEqual([...new Set(values)], [{is: 'new'}])
  t.is(calls(), 1)
  t.like(await cache.renew('a', stale, load), {is: 'new'}, 'a late caller gets the renewed value')
  t.is(calls(), 1)
})

function openCache(options: Partial<LookupCacheOptions<object>> = {}) {
  const clock = {time: 1}
  const cache = createLookupCache<object>({
    maxEntries: 100,
    isUnavailable: () => false,
    ...options,
    monotonicNow: () => clock.time,
  })
  return {cache, clock}
}

function counting(value: () => object) {
  let count = 0
  const load = async () => {
    count++
    return value()
  }
  return {load, calls: () => count}
}

function withResolvers<T>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(settle => {
    resolve = settle
  })
  return {promise, resolve}
}
