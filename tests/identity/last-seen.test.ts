import test from 'ava'
import type {Caller} from '../../src/board/member.ts'
import {LastSeen} from '../../src/identity/last-seen.ts'
import type {Database, Store} from '../../src/store/connection.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization} from '../helpers/organization.ts'

let store: Store
let db: Database
test.before(async () => {
  store = await openNewStore()
  db = store.db
})
test.after.always(() => store?.close())

const start = Date.parse('2026-01-31T08:15:00.000Z')
const minute = 60_000

/** `clock.now` is the time of day. The times are written only by `write` and `stop`. */
function lastSeen(options: {db?: Database} = {}) {
  const clock = {now: start}
  const errors: unknown[] = []
  const seen = new LastSeen({
    db,
    onError: error => errors.push(error),
    writeIntervalMs: 2 ** 31 - 1,
    now: () => clock.now,
    ...options,
  })
  return {seen, clock, errors}
}

async function readLastSeen({user_id}: Caller): Promise<string | null> {
  const member = db.selectFrom('members').select('last_seen_at').where('id', '=', user_id)
  return (await member.executeTakeFirstOrThrow()).last_seen_at
}

test('the last request of each member is stored', async t => {
  const {ada, bob, vic} = await createOrganization(db, {ada: 'member', bob: 'member', vic: 'viewer'})
  const {seen, clock, errors} = lastSeen()
  seen.note(ada)
  clock.now = start + minute
  seen.note(bob)
  await seen.stop()
  t.is(await readLastSeen(ada), '2026-01-31T08:15:00.000Z')
  t.is(await readLastSeen(bob), '2026-01-31T08:16:00.000Z')
  t.is(await readLastSeen(vic), null)
  t.deepEqual(errors, [])
})

test('the time of a request replaces the stored time only if the stored time is at least 5 minutes old', async t => {
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {seen, clock} = lastSeen()
  for (const [after, stored] of [
    [0, '2026-01-31T08:15:00.000Z'],
    [5 * minute - 1, '2026-01-31T08:15:00.000Z'],
    [5 * minute, '2026-01-31T08:20:00.000Z'],
  ] as const) {
    clock.now = start + after
    seen.note(ada)
    await seen.write()
    t.is(await readLastSeen(ada), stored)
  }
  await seen.stop()
})

test('an earlier time does not replace the later time that another process has stored', async t => {
  const {ada} = await createOrganization(db, {ada: 'member'})
  const [early, late] = [lastSeen(), lastSeen()]
  early.seen.note(ada)
  late.clock.now = start + minute
  late.seen.note(ada)
  await late.seen.stop()
  await early.seen.stop()
  t.is(await readLastSeen(ada), '2026-01-31T08:16:00.000Z')
})

test('when a write fails, the error is reported, and the next write stores the times', async t => {
  const {ada} = await createOrganization(db, {ada: 'member'})
  let isDown = true
  const unreliable = new Proxy(db, {
    get(target, name) {
      if (name === 'getExecutor' && isDown) throw new Error('down')
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const {seen, errors} = lastSeen({db: unreliable})
  seen.note(ada)
  await t.notThrowsAsync(seen.write())
  t.is(errors.length, 1)
  t.is(await readLastSeen(ada), null)
  isDown = false
  await seen.stop()
  t.is(errors.length, 1)
  t.is(await readLastSeen(ada), '2026-01-31T08:15:00.000Z')
})

test('when the times of all members do not fit into one statement, all times are stored, and an unknown member is ignored', async t => {
  const names = Array.from({length: 1_500}, (_, index) => `m${index}`)
  const members = Object.values(
    await createOrganization(db, Object.fromEntries(names.map(name => [name, 'viewer'] as const))),
  )
  const {seen, errors} = lastSeen()
  seen.note({...members[0]!, user_id: members[0]!.organization_id})
  for (const member of members) seen.note(member)
  await seen.stop()
  t.deepEqual(errors, [])
  const {organization_id} = members[0]!
  const stored = db.selectFrom('members').select('id').where('organization_id', '=', organization_id)
  t.is((await stored.where('last_seen_at', 'is not', null).execute()).length, 1_500)
})
