import {sql} from 'kysely'
import type {Caller} from '../../src/board/member.ts'
import {createProject} from '../../src/changes/create-project.ts'
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

test('a request with the key of a request in progress waits for it and returns its result', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = begin(ada, request)
  await first.isInProgress
  const second = oncePerKey(store.db, ada, request, neverRuns)
  await lockAwaited()
  first.finish()
  const {records, ...answer} = await first.answer
  t.is(records.length, 1)
  t.deepEqual(await second, answer)
})

test('a request that waits longer than the limit is rejected, and the request in progress completes', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = begin(ada, request)
  await first.isInProgress
  await t.throwsAsync(oncePerKey(store.db, ada, request, neverRuns, 50), {code: 'idempotency-key-in-use'})
  first.finish()
  const {result} = await first.answer
  t.like(await oncePerKey(store.db, ada, request, neverRuns), {result})
})

test('a request runs its change when the request that it waited for fails', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = begin(ada, request)
  await first.isInProgress
  const second = oncePerKey(store.db, ada, request, trx => create(trx, ada))
  await lockAwaited()
  first.fail(new Error('lost'))
  await t.throwsAsync(first.answer, {message: 'lost'})
  t.like(await second, {result: {name: 'Rocket'}})
  t.is((await readHead(store.db, ada.organization_id)).seq, 1)
})

test('the limit of the wait for the key does not apply to the locks of the change', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {result: before} = await readLockTimeout(store.db)
  const during = await oncePerKey(store.db, ada, request, readLockTimeout, 50)
  t.deepEqual(during, {result: before})
})

test('a change that fails with a conflict is retried, and its result is stored once', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  let attempts = 0
  const answer = await oncePerKey(store.db, ada, request, trx => {
    if (++attempts < 3) throw Object.assign(new Error('conflict'), {code: '40P01'})
    return create(trx, ada)
  })
  t.is(attempts, 3)
  t.like(await oncePerKey(store.db, ada, request, neverRuns), {result: answer.result})
})

test('a result is stored for one key, route, member and organization', async t => {
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

test('a member whose role was lowered to viewer is rejected, even when a result is stored', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  await oncePerKey(store.db, ada, request, trx => create(trx, ada))
  const viewer: Caller = {...ada, role: 'viewer'}
  await t.throwsAsync(oncePerKey(store.db, viewer, request, neverRuns), {code: 'role-insufficient'})
})

async function readLockTimeout(db: Store['db']): Promise<{result: string}> {
  const {rows} = await sql<{value: string}>`select current_setting('lock_timeout') as value`.execute(db)
  return {result: rows[0]!.value}
}

function create(db: Store['db'], by: Caller) {
  return createProject(db, by, {name: 'Rocket', phase: 'planning'})
}

async function neverRuns(): Promise<never> {
  throw new Error('the change ran again')
}

/** Starts a keyed change whose transaction stays open until `finish` or `fail` is called. */
function begin(by: Caller, asked: KeyedRequest) {
  const inProgress = signal()
  const end = signal()
  const answer = oncePerKey(store.db, by, asked, async trx => {
    const committed = await create(trx, by)
    inProgress.give()
    await end.given
    return committed
  }) as ReturnType<typeof create>
  return {isInProgress: inProgress.given, finish: end.give, fail: end.refuse, answer}
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

async function lockAwaited(): Promise<void> {
  const waiting = sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await waiting.execute(store.db)).rows.length === 0) {}
}
