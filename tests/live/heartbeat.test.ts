import test from 'ava'
import {HeartbeatWheel} from '../../src/live/heartbeat.ts'

/**
 * Creates a wheel whose timer is stopped. The interval of the wheel is one minute. Each slot of the wheel has one
 * member: an object that receives heartbeats.
 */
function createWheel() {
  let time = 0
  const wheel = new HeartbeatWheel<{heartbeat(): void}>(60, () => time)
  wheel.stop()
  const beats: number[] = []
  const members = Array.from({length: 60}, (_, index) => ({heartbeat: () => beats.push(index)}))
  for (const member of members) wheel.add(member)
  const beatAt = (seconds: number) => {
    time = seconds * 1_000
    wheel.beat()
    return beats.splice(0)
  }
  return {wheel, members, beatAt}
}

const from = (first: number, count: number) => Array.from({length: count}, (_, index) => (first + index) % 60)

test('the members of the wheel receive heartbeats slot by slot, and each member receives one heartbeat per interval', t => {
  const {beatAt} = createWheel()
  t.deepEqual(beatAt(1), [0])
  t.deepEqual(beatAt(1.9), [])
  t.deepEqual(beatAt(2), [1])
  t.deepEqual(beatAt(61), from(2, 59))
})

test('after a delay of several intervals, every member receives one heartbeat, and the wheel is on time again', t => {
  const {beatAt} = createWheel()
  t.deepEqual(beatAt(10), from(0, 10))
  t.deepEqual(beatAt(300), from(0, 60))
  t.deepEqual(beatAt(301), [0])
})

test('a member that was deleted from the wheel receives no more heartbeats', t => {
  const {wheel, members, beatAt} = createWheel()
  wheel.delete(members[1]!)
  t.deepEqual(beatAt(3), [0, 2])
  t.is(wheel.size, 59)
})
