import {setTimeout as delay} from 'node:timers/promises'
import {sql} from 'kysely'
import type {Caller} from '../../src/board/member.ts'
import {commitChange} from '../../src/changes/change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {lockProject} from '../../src/changes/locks.ts'
import {type KeyedRequest, oncePerKey} from '../../src/changes/once-per-key.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

const request: KeyedRequest = {route: 'post /projects', key: 'k-1', content: {name: 'Rocket'}}

test('a change that is asked for while the same one is under way waits for it and gets its answer', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = begin(ada, request)
  await first.isUnderWay
  const second = oncePerKey(store.db, ada, request, neverRuns)
  await somebodyWaits()
  first.finish()
  const {records, ...answer} = await first.answer
  t.is(records.length, 1)
  t.deepEqual(await second, answer)
})

test('a change that is under way for longer than the wait is answered as in use, and is not disturbed', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = begin(ada, request)
  await first.isUnderWay
  await t.throwsAsync(oncePerKey(store.db, ada, request, neverRuns, 50), {code: 'idempotency-key-in-use'})
  first.finish()
  const {result} = await first.answer
  t.like(await oncePerKey(store.db, ada, request, neverRuns), {result})
})

test('a change that waits for one that fails is made itself', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = begin(ada, request)
  await first.isUnderWay
  const second = oncePerKey(store.db, ada, request, trx => create(trx, ada))
  await somebodyWaits()
  first.fail(new Error('lost'))
  await t.throwsAsync(first.answer, {message: 'lost'})
  t.like(await second, {result: {name: 'Rocket'}})
  t.is((await readHead(store.db, ada.organization_id)).seq, 1)
})

test('the wait for a key is no limit for the locks of the change', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {result: project} = await create(store.db, ada)
  const {change} = await store.db.transaction().execute(async trx => {
    await trx.selectFrom('projects').select('id').where('id', '=', project.id).forUpdate().execute()
    const change = oncePerKey(store.db, ada, request, lockAndAnswer(ada, project.id), 50)
    await delay(300) // longer than the wait
    return {change}
  })
  t.like(await change, {result: 'locked'})
})

test('a change that loses a conflict is tried again with its key, and kept once', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  let attempts = 0
  const answer = await oncePerKey(store.db, ada, request, trx => {
    if (++attempts < 3) throw Object.assign(new Error('conflict'), {code: '40P01'})
    return create(trx, ada)
  })
  t.is(attempts, 3)
  t.like(await oncePerKey(store.db, ada, request, neverRuns), {result: answer.result})
})

test('an answer is kept for its member, route and organization alone', async t => {
  const {ada, bob} = await createOrganization(store.db, {ada: 'member', bob: 'member'})
  const {eve} = await createOrganization(store.db, {eve: 'member'})
  const once = (by: Caller, asked: KeyedRequest) =>
    oncePerKey(store.db, by, asked, trx => create(trx, by)).then(({result}) => result)
  const made = await once(ada, request)
  t.deepEqual(await once(ada, request), made)
  const others = [
    await once(bob, request),
    await once(eve, request),
    await once(ada, {...request, key: 'k-2'}),
    await once(ada, {...request, key: 'K-1'}),
    await once(ada, {...request, route: 'post /projects/{id}/sprints'}),
  ]
  t.is(new Set([made, ...others].map(({id}) => id)).size, 6)
})

test('a member who has become a viewer is refused, even what was kept', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  await oncePerKey(store.db, ada, request, trx => create(trx, ada))
  const viewer: Caller = {...ada, role: 'viewer'}
  await t.throwsAsync(oncePerKey(store.db, viewer, request, neverRuns), {code: 'role-insufficient'})
})

function lockAndAnswer(by: Caller, projectId: string) {
  return (db: Store['db']) =>
    commitChange(db, by, async trx => {
      await lockProject(trx, by.organization_id, projectId)
      return {result: 'locked', events: []}
    })
}

function create(db: Store['db'], by: Caller) {
  return createProject(db, by, {name: 'Rocket', phase: 'planning'})
}

async function neverRuns(): Promise<never> {
  throw new Error('the change ran again')
}

/** A keyed change that has done its work and stays open until it is told to finish or to fail. */
function begin(by: Caller, asked: KeyedRequest) {
  const underWay = signal()
  const end = signal()
  const answer = oncePerKey(store.db, by, asked, async trx => {
    const committed = await create(trx, by)
    underWay.give()
    await end.given
    return committed
  }) as ReturnType<typeof create>
  return {isUnderWay: underWay.given, finish: end.give, fail: end.refuse, answer}
}

function signal() {
  let give = () => {}
  let refuse: (error: Error) => void = () => {}
  const given = new Promise<void>((resolve, reject) => {
    give = resolve
    refuse = reject
  })
  return {given, give, refuse}
}

async function somebodyWaits(): Promise<void> {
  const waiting = sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await waiting.execute(store.db)).rows.length === 0) {}
}
