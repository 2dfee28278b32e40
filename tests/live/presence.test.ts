import {setImmediate as nextTurn} from 'node:timers/promises'
import test from 'ava'
import type {PresenceItem, PresenceMessage} from '../../src/board/presence-message.ts'
import {defaultLimits as limits} from '../../src/live/limits.ts'
import {Presence} from '../../src/live/presence.ts'
import {until} from '../helpers/until.ts'

/** A process whose bus accepts messages only while `isFree` is true. */
function start() {
  const sent: PresenceMessage[] = []
  const bus = {isFree: true}
  const presence = new Presence({
    organizationId: 'org',
    limits: {...limits, presenceAnswerMs: 0},
    announce(message) {
      if (bus.isFree) sent.push(message)
      return bus.isFree
    },
    send() {},
    now: () => performance.now(),
  })
  const items = (): PresenceItem[] => sent.flatMap(({items}) => items)
  const show = (member: string, taskId: string | null) =>
    presence.showTask('sprint', {id: member, name: member}, {clientId: 'tab', taskId})
  return {presence, bus, sent, items, show}
}

test('a full bus refuses messages about presence; when the bus is free, the latest items follow in short messages', async t => {
  const {presence, bus, sent, items, show} = start()
  t.teardown(() => presence.close())
  bus.isFree = false
  const members = Array.from({length: 1_000}, (_, n) => `member-${n}`)
  for (const member of members) show(member, 'task-1')
  await nextTurn()
  await nextTurn()
  for (const member of members) show(member, 'task-2')
  t.deepEqual(sent, [])
  bus.isFree = true
  await until(() => items().filter(([kind]) => kind === 'has').length === members.length)
  const has = items().filter(([kind]) => kind === 'has')
  t.deepEqual(new Set(has.map(([, id]) => id)), new Set(members))
  t.true(has.every(([, , , taskIds]) => taskIds!.join() === 'task-2'))
  t.true(sent.every(({items}) => items.length <= 100))
})

test('a renewal sends one item for each board, and not one item for each member', async t => {
  const {presence, sent, items, show} = start()
  t.teardown(() => presence.close())
  for (let n = 0; n < 1_000; n++) show(`member-${n}`, 'task')
  await until(() => items().length === 2_000)
  await nextTurn()
  const before = sent.length
  presence.renew()
  await until(() => sent.length > before)
  t.deepEqual(
    sent.slice(before).map(({items}) => items.map(([kind]) => kind)),
    [['digest']],
  )
})

test('a report about an open task does not make the other processes send their items', async t => {
  const {presence, items, show} = start()
  t.teardown(() => presence.close())
  show('ada', 'task')
  await until(() => items().length === 2)
  presence.receive('other', {organizationId: 'org', sprintId: 'sprint', items: [['digest', 1]]})
  await nextTurn()
  show('ada', null)
  await until(() => items().length === 4)
  show('bob', null)
  await until(() => items().length === 5)
  t.false(items().some(([kind]) => kind === 'query'))
  await presence.read('sprint')
  await until(() => items().some(([kind]) => kind === 'query'))
})
