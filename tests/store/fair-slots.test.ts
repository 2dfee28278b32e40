import test from 'ava'
import {FairSlots, noGroup} from '../../src/store/fair-slots.ts'

const timeoutMs = 60_000

test('a group gets no more slots than its limit, even when other slots are free', async t => {
  const slots = new FairSlots({slots: 4, maxPerGroup: 2, timeoutMs})
  const {admitted, acquire} = recorder(slots)
  await Promise.all([acquire('a', 'a1'), acquire('a', 'a2')])
  const third = acquire('a', 'a3')
  await Promise.all([acquire('b', 'b1'), acquire('b', 'b2')])
  t.deepEqual(admitted, ['a1', 'a2', 'b1', 'b2'])
  slots.release('b')
  await acquire('c', 'c1')
  t.deepEqual(admitted.slice(4), ['c1'], 'group a does not get the slot that group b released')
  slots.release('a')
  await third
  t.deepEqual(admitted.slice(5), ['a3'])
})

test('waiting groups take turns, and the callers of one group get slots in the order of arrival', async t => {
  const slots = new FairSlots({slots: 1, maxPerGroup: 1, timeoutMs})
  const {admitted, acquire} = recorder(slots)
  await acquire('a', 'a1')
  const waiting = [acquire('a', 'a2'), acquire('a', 'a3'), acquire('b', 'b1'), acquire('b', 'b2')]
  for (const group of ['a', 'a', 'b', 'a']) {
    slots.release(group)
    await Promise.resolve()
  }
  await Promise.all(waiting)
  t.deepEqual(admitted, ['a1', 'a2', 'b1', 'a3', 'b2'])
})

test('callers without a group may use every slot', async t => {
  const slots = new FairSlots({slots: 3, maxPerGroup: 1, timeoutMs})
  const {admitted, acquire} = recorder(slots)
  await Promise.all([acquire(noGroup, '1'), acquire(noGroup, '2'), acquire(noGroup, '3')])
  t.deepEqual(admitted, ['1', '2', '3'])
})

test('when a caller gets no slot in time, the caller is rejected, and the next caller gets the next free slot', async t => {
  const slots = new FairSlots({slots: 1, maxPerGroup: 1, timeoutMs: 20})
  await slots.acquire('a')
  await t.throwsAsync(slots.acquire('a'), {code: 'store-busy'})
  const next = slots.acquire('b')
  slots.release('a')
  await next
  slots.release('b')
  await slots.acquire('a')
  t.pass()
})

/** Records the order in which callers get a slot. */
function recorder(slots: FairSlots) {
  const admitted: string[] = []
  const acquire = async (group: string, label: string) => {
    await slots.acquire(group)
    admitted.push(label)
  }
  return {admitted, acquire}
}
