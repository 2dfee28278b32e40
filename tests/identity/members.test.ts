import test from 'ava'
import {sql} from 'kysely'
import type {Claims} from '../../src/identity/claims.ts'
import {resolveMember} from '../../src/identity/members.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {readEvents} from '../helpers/organization.ts'
import {createDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

let store: Store
let db: Database
test.before(async () => {
  store = await openNewStore()
  db = store.db
})
test.after.always(() => store?.close())

const minute = 60_000
const now = Date.now()

test('when the first member of an organization uses a token, the organization, its log, the member and one event are created', async t => {
  const {member, appended} = await resolveMember(db, claims({organization: t.title}))
  t.is(member.name, 'Ada')
  t.deepEqual(appended?.cursor.seq, 1)
  const [event, ...others] = await readEvents(db, member.organization_id)
  t.deepEqual(others, [])
  t.like(event, {
    type: 'member.updated',
    actor_user_id: member.user_id,
    member: {id: member.user_id, name: 'Ada'},
  })
  t.is(appended?.records[0]?.data, JSON.stringify(event))
})

test('the server generates all ids, and never uses an id from a token', async t => {
  const id = '01a1fbb1-7d60-7680-a26e-a37575eccb8d'
  const {member} = await resolveMember(db, claims({organization: id, subject: id}))
  t.not(member.user_id, id)
  t.not(member.organization_id, id)
})

test('finding a known member writes nothing', async t => {
  const first = await resolveMember(db, claims({organization: t.title}))
  const second = await resolveMember(db, claims({organization: t.title}))
  t.deepEqual(second, {member: first.member})
  t.is((await readEvents(db, first.member.organization_id)).length, 1)
})

test('organizations of different issuers are different organizations, even when their names are equal', async t => {
  const one = await resolveMember(db, claims({organization: t.title, issuer: 'https://a.example'}))
  const two = await resolveMember(db, claims({organization: t.title, issuer: 'https://b.example'}))
  t.not(one.member.organization_id, two.member.organization_id)
  t.not(one.member.user_id, two.member.user_id)
})

test('a person in two organizations has a different member id in each organization', async t => {
  const one = await resolveMember(db, claims({organization: `${t.title} 1`}))
  const two = await resolveMember(db, claims({organization: `${t.title} 2`}))
  t.not(one.member.user_id, two.member.user_id)
})

test('the members of an organization share one log', async t => {
  const ada = await resolveMember(db, claims({organization: t.title}))
  const bob = await resolveMember(db, claims({organization: t.title, subject: 'bob', name: 'Bob'}))
  t.is(ada.member.organization_id, bob.member.organization_id)
  t.is(bob.appended?.cursor.epoch, ada.appended?.cursor.epoch)
  t.is(bob.appended?.cursor.seq, 2)
})

test('when a newer token contains another name, the member is renamed and one event is appended', async t => {
  const organization = t.title
  const {member} = await resolveMember(db, claims({organization, issuedAt: now - 2 * minute}))
  const renamed = await resolveMember(db, claims({organization, name: 'Ada King', issuedAt: now - minute}))
  t.is(renamed.member.name, 'Ada King')
  t.is(renamed.member.user_id, member.user_id)
  t.like(JSON.parse(renamed.appended!.records[0]!.data), {
    type: 'member.updated',
    member: {id: member.user_id, name: 'Ada King'},
  })
  t.is((await readEvents(db, member.organization_id)).length, 2)
})

test('when tokens with different names alternate, the member has the name in the newest token', async t => {
  const organization = t.title
  const older = claims({organization, issuedAt: now - 2 * minute})
  const newer = claims({organization, name: 'Ada King', issuedAt: now - minute})
  const {member} = await resolveMember(db, older)
  for (let turns = 0; turns < 3; turns++) {
    await resolveMember(db, newer)
    t.is((await resolveMember(db, older)).member.name, 'Ada King')
  }
  t.is((await readEvents(db, member.organization_id)).length, 2)
})

test('when a token has no issue time, the member is not renamed', async t => {
  const organization = t.title
  await resolveMember(db, claims({organization, issuedAt: 0}))
  const {member, appended} = await resolveMember(db, claims({organization, name: 'Ada King', issuedAt: 0}))
  t.is(member.name, 'Ada')
  t.is(appended, undefined)
})

test('when a newer token contains the same name, nothing is written', async t => {
  const organization = t.title
  await resolveMember(db, claims({organization, issuedAt: now - 2 * minute}))
  t.is((await resolveMember(db, claims({organization, issuedAt: now - minute}))).appended, undefined)
})

test('names in any script are stored unchanged, and non-ASCII characters are escaped in events', async t => {
  const name = 'Ådä 👩‍🚀 "日本"\n'
  const {member, appended} = await resolveMember(db, claims({organization: t.title, name}))
  t.is((await resolveMember(db, claims({organization: t.title, name}))).member.name, name)
  t.is(JSON.parse(appended!.records[0]!.data).member.name, name)
  t.regex(appended!.records[0]!.data, /^[\x20-\x7e]+$/)
  t.is(member.name, name)
})

testOnPostgres(
  'when processes add the same member concurrently, one member and one event are created',
  async t => {
    const stores = await openStores(t, 4)
    const organizations = Array.from({length: 10}, (_, index) => `race ${index}`)
    for (const organization of organizations) {
      const results = await Promise.all(
        stores.flatMap(({db}) => Array.from({length: 5}, () => resolveMember(db, claims({organization})))),
      )
      t.is(new Set(results.map(({member}) => member.user_id)).size, 1)
      t.is(results.filter(({appended}) => appended).length, 1)
      const events = await readEvents(stores[0]!.db, results[0]!.member.organization_id)
      t.is(events.length, 1)
    }
  },
)

testOnPostgres(
  'when processes add twenty members of a new organization concurrently, all members are created',
  async t => {
    const stores = await openStores(t, 4)
    const results = await Promise.all(
      Array.from({length: 20}, (_, index) =>
        resolveMember(stores[index % 4]!.db, claims({organization: 'new', subject: `member ${index}`})),
      ),
    )
    t.is(new Set(results.map(({member}) => member.organization_id)).size, 1)
    t.is(new Set(results.map(({member}) => member.user_id)).size, 20)
    const seqs = results.map(({appended}) => appended!.cursor.seq).sort((a, b) => a - b)
    t.deepEqual(
      seqs,
      Array.from({length: 20}, (_, index) => index + 1),
    )
  },
)

testOnPostgres(
  'when processes rename a member concurrently, the newest name wins and no name is appended twice',
  async t => {
    const stores = await openStores(t, 4)
    const first = claims({organization: 'renames', issuedAt: now - 100 * minute})
    const {member} = await resolveMember(stores[0]!.db, first)
    await Promise.all(
      stores.flatMap(({db}) =>
        Array.from({length: 5}, (_, index) =>
          resolveMember(db, {...first, name: `Ada ${index}`, issuedAt: now - (50 - index) * minute}),
        ),
      ),
    )
    t.is((await resolveMember(stores[0]!.db, first)).member.name, 'Ada 4')
    const events = await readEvents(stores[0]!.db, member.organization_id)
    const names = events.map(event => event.type === 'member.updated' && event.member.name)
    t.is(new Set(names).size, names.length)
    t.is(names.at(-1), 'Ada 4')
  },
)

testOnPostgres('a rename that fails because of a deadlock is retried', async t => {
  const [store] = (await openStores(t, 1)) as [Store]
  const first = claims({organization: 'deadlock'})
  await resolveMember(store.db, first)
  await loseFirstDeadlock(store.db)
  const renamed = await resolveMember(store.db, {...first, name: 'Ada King', issuedAt: now - minute})
  t.is(renamed.member.name, 'Ada King')
  t.is(renamed.appended?.records.length, 1)
})

/**
 * Makes the first update of a row in `event_streams` fail with a deadlock. The sequence `attempts` counts the
 * updates. A column could not count the updates, because a rollback would reset the column.
 */
async function loseFirstDeadlock(db: Database): Promise<void> {
  await sql`create sequence attempts`.execute(db)
  await sql`
    create function lose_first_deadlock() returns trigger language plpgsql as $$
    begin
      if nextval('attempts') = 1 then raise exception 'deadlock detected' using errcode = 'deadlock_detected'; end if;
      return new;
    end $$`.execute(db)
  await sql`
    create trigger lose_first_deadlock before update on event_streams
    for each row execute function lose_first_deadlock()`.execute(db)
}

async function openStores(t: {teardown(end: () => Promise<void>): void}, count: number): Promise<Store[]> {
  const url = await createDatabase()
  const stores = await Promise.all(Array.from({length: count}, () => openStore({url, poolSize: 5})))
  t.teardown(async () => {
    await Promise.all(stores.map(({close}) => close()))
  })
  return stores
}

function claims(of: Partial<Claims>): Claims {
  return {
    issuer: '',
    organization: 'acme',
    subject: 'ada',
    role: 'member',
    name: 'Ada',
    email: null,
    issuedAt: now - 2 * minute,
    expiresAt: now + 60 * minute,
    ...of,
  }
}
