import {sql} from 'kysely'
import type {Caller} from '../../src/board/member.ts'
import {Problem} from '../../src/board/problem.ts'
import {type Change, type Committed, changeBy} from '../../src/changes/change.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {createStory} from '../../src/changes/create-story.ts'
import {KeysInProgress} from '../../src/changes/keys-in-progress.ts'
import type {KeyedRequest} from '../../src/changes/once-per-key.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {countRoundTrips} from '../helpers/statements.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

const request: KeyedRequest = {
  route: 'post /projects',
  key: 'k-1',
  content: {name: 'Rocket'},
  inProgress: new KeysInProgress(),
}
const createRocket = createProject({name: 'Rocket', phase: 'planning'})

test('while a request is in progress, another request with the same key waits, and then returns the result of the first request', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = await begin(ada)
  const second = commitChange(store.db, ada, neverRuns, request)
  first.finish()
  const {records, ...stored} = await first.committed
  t.is(records.length, 1)
  t.deepEqual(await second, {...stored, records: []})
})

test('when a request has waited 5 seconds for a request with the same key, the waiting request is rejected, and the request in progress completes', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const clock = stoppedClock()
  const inProgress = new KeysInProgress(clock)
  const first = await begin(ada, {inProgress})
  const second = commitChange(store.db, ada, neverRuns, {...request, inProgress})
  clock.advance(5_000)
  await t.throwsAsync(second, {code: 'idempotency-key-in-use'})
  first.finish()
  const {result} = await first.committed
  t.like(await commitChange(store.db, ada, neverRuns, request), {result})
})

test('when a request fails, one of the requests that wait for the same key makes the change', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = await begin(ada)
  const waiting = [1, 2, 3].map(() => commitChange(store.db, ada, createRocket, request))
  first.fail(new Error('lost'))
  await t.throwsAsync(first.committed, {message: 'lost'})
  const [second, ...others] = await Promise.all(waiting)
  t.like(second, {result: {name: 'Rocket'}, records: {length: 1}})
  for (const other of others) t.deepEqual(other, {...second, records: []})
  t.is((await readHead(store.db, ada.organization_id)).seq, 1)
})

test('requests that wait for a key do not use database connections', async t => {
  const small = await openStore({url: await createDatabase(), poolSize: 2})
  t.teardown(() => small.close())
  const {ada} = await createOrganization(small.db, {ada: 'member'})
  const first = await begin(ada, {db: small.db})
  const waiting = Array.from({length: 5}, () => commitChange(small.db, ada, neverRuns, request))
  // Another project of the same organization would wait for the lock under which a key is chosen.
  const {bob} = await createOrganization(small.db, {bob: 'member'})
  t.like(await commitChange(small.db, bob, createRocket), {cursor: {seq: 1}})
  first.finish()
  const {result} = await first.committed
  for (const committed of await Promise.all(waiting)) t.deepEqual(committed.result, result)
})

test('when ten processes receive the same request at the same time, only one process makes the change', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const committed = await Promise.all(
    Array.from({length: 10}, () =>
      commitChange(store.db, ada, createRocket, {...request, inProgress: new KeysInProgress()}),
    ),
  )
  t.is(committed.filter(({records}) => records.length > 0).length, 1)
  for (const {result, cursor} of committed) {
    t.deepEqual({result, cursor}, {result: committed[0]!.result, cursor: committed[0]!.cursor})
  }
  t.is((await readHead(store.db, ada.organization_id)).seq, 1)
})

test('a request gets the stored result when another process commits the same request first', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const inOtherProcess = {...request, inProgress: new KeysInProgress()}
  let first: unknown
  const slowChange = changeBy('member', async (trx, caller) => {
    first ??= await commitChange(store.db, ada, createRocket, inOtherProcess)
    return createRocket.work(trx, caller)
  })
  const slow = await commitChange(store.db, ada, slowChange, request)
  t.deepEqual(slow, {...(first as object), records: []})
  t.is((await readHead(store.db, ada.organization_id)).seq, 1)
})

test('a repeated request gets the stored result even when the change would now be rejected', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const first = await commitChange(store.db, ada, createRocket, request)
  const rejected = changeBy('member', async () => {
    throw new Problem('task-already-owned', 'The task is already owned.')
  })
  t.deepEqual(await commitChange(store.db, ada, rejected, request), {...first, records: []})
  const other = {...request, key: 'k-2'}
  await t.throwsAsync(commitChange(store.db, ada, rejected, other), {code: 'task-already-owned'})
})

// This test is serial, because it counts all round trips, including the round trips of concurrent tests.
test.serial('a change with a key needs the same number of round trips as a change without a key', async t => {
  const single = await openStore({url: await createDatabase(), poolSize: 1})
  t.teardown(() => single.close())
  const {ada} = await createOrganization(single.db, {ada: 'member'})
  const {project, sprint} = await createBoard(single.db, ada)
  const story = {title: 'Land', description: '', sprint_id: sprint.id}
  for (const [change, expected] of [
    [createRocket, 2],
    [createStory(project.id, story), 3],
  ] as const) {
    const plain = await countRoundTrips(() => commitChange<unknown>(single.db, ada, change))
    const keyed = await countRoundTrips(() =>
      commitChange<unknown>(single.db, ada, change, {...request, key: `k-${expected}`}),
    )
    t.deepEqual([plain, keyed], [expected, expected])
  }
})

test('the stored result has the cursor of the change even when the change appended no events', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {cursor} = await commitChange(store.db, ada, createRocket)
  const nothing = changeBy('member', async () => ({result: null, events: []}))
  const first = await commitChange(store.db, ada, nothing, request)
  t.deepEqual(first, {result: null, records: [], cursor})
  await commitChange(store.db, ada, createRocket)
  t.deepEqual(await commitChange(store.db, ada, neverRuns, request), first)
})

test('a stored result is returned unchanged, no matter which characters it contains', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const name = '"\\ \u2028 😀 \ud83d {"cursor":1} %s $1'
  const change = createProject({name, phase: 'planning'})
  const {records: _, ...stored} = await commitChange(store.db, ada, change, request)
  t.deepEqual(await commitChange(store.db, ada, neverRuns, request), {...stored, records: []})
})

test('a change that fails with a conflict is retried, and its result is stored once', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  let attempts = 0
  const change = changeBy('member', async (trx, caller) => {
    await sql`select`.execute(trx)
    if (++attempts < 3) throw Object.assign(new Error('conflict'), {code: '40P01'})
    return createRocket.work(trx, caller)
  })
  const {result} = await commitChange(store.db, ada, change, request)
  t.is(attempts, 3)
  t.like(await commitChange(store.db, ada, neverRuns, request), {result})
})

test('when a change fails in its last round trip, another change can use the same key', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const change = changeBy('member', async (trx, caller) => {
    const {writes = [], ...outcome} = await createRocket.work(trx, caller)
    return {...outcome, writes: [...writes, ...writes]}
  })
  await t.throwsAsync(commitChange(store.db, ada, change, request), {code: '23505'})
  t.is((await commitChange(store.db, ada, createRocket, request)).cursor.seq, 1)
})

test('a stored result is returned only for the same key, route, member and organization', async t => {
  const {ada, bob} = await createOrganization(store.db, {ada: 'member', bob: 'member'})
  const {eve} = await createOrganization(store.db, {eve: 'member'})
  const once = async (by: Caller, request: KeyedRequest) =>
    (await commitChange(store.db, by, createRocket, request)).result
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

test('after the role of a member was changed to viewer, a repeated request of the member is rejected even if the result of the request is stored', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  await commitChange(store.db, ada, createRocket, request)
  const viewer: Caller = {...ada, role: 'viewer'}
  await t.throwsAsync(commitChange(store.db, viewer, neverRuns, request), {code: 'role-insufficient'})
})

/**
 * A change that always fails. Therefore, a request with this change succeeds only when the server has stored the result
 * of another request with the same key.
 */
const neverRuns: Change<never> = changeBy('member', async () => {
  throw new Problem('task-already-owned', 'The change ran again.')
})

/** Starts a change with the key of `request`. The transaction stays open until `finish` or `fail` is called. */
async function begin(by: Caller, {db = store.db, inProgress = request.inProgress} = {}) {
  let finish = () => {}
  let fail: (error: Error) => void = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  let committed: Promise<Committed<{name: string}>> | undefined
  await new Promise<void>((resolve, reject) => {
    const change = changeBy('member', async (trx, caller) => {
      const outcome = await createRocket.work(trx, caller)
      await sql`select`.execute(trx) // this statement begins the transaction
      resolve()
      await ended
      return outcome
    })
    committed = commitChange(db, by, change, {...request, inProgress})
    committed.catch(reject)
  })
  return {finish, fail, committed: committed!}
}

/** A replacement for the system timer. Its delays end when `advance` is called. */
function stoppedClock() {
  const timers: {ms: number; end: () => void}[] = []
  const delay = async <T>(ms = 0, value?: T): Promise<T> => {
    await new Promise<void>(end => timers.push({ms, end}))
    return value as T
  }
  const advance = (ms: number) => {
    for (const timer of timers) if (timer.ms <= ms) timer.end()
  }
  return {delay, advance}
}
