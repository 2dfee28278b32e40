import type {ExecutionContext} from 'ava'
import test from 'ava'
import {sql} from 'kysely'
import {TicketReleases} from '../../src/identity/ticket-releases.ts'
import {issueTicket, useTicket} from '../../src/identity/tickets.ts'
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

/**
 * Creates a ticket. The returned `use` uses the ticket once. The argument of the returned `release` is the result of
 * a use. `release` reports the end of the stream of this use, and waits until the ticket is released.
 */
async function newTicket() {
  const {ada} = await createOrganization(db, {ada: 'member'})
  const organizationId = ada.organization_id
  const grant = {memberId: ada.user_id}
  const selection = {topics: ['tasks' as const]}
  const {ticket} = await issueTicket(db, {organizationId, grant, expiresAt: undefined, selection})
  const use = (now = Date.now()) => useTicket(db, ticket, now)
  const release = async ({grant}: Awaited<ReturnType<typeof use>>) => {
    const releases = startReleases()
    releases.streamEnded({organizationId, grant})
    await releases.stop()
  }
  return {use, release, organizationId}
}

/** Returns a database in which every statement fails. */
async function closedDatabase(): Promise<Database> {
  const {db: closed, close} = await openNewStore()
  await sql`select 1`.execute(closed) // Kysely does not close a database that was never used
  await close()
  return closed
}

function startReleases(failingDb?: Database, errors: unknown[] = []) {
  return new TicketReleases({db: failingDb ?? db, onError: error => errors.push(error), delayMs: 2 ** 31 - 1})
}

function isSuperseding(
  t: ExecutionContext,
  {appended}: Awaited<ReturnType<typeof useTicket>>,
  ended: string,
) {
  t.is(appended?.records.length, 1)
  t.like(JSON.parse(appended!.records[0]!.data), {ids: [ended], reason: 'ticket-superseded'})
}

test('when the stream of a ticket has ended, the next use of the ticket appends no record', async t => {
  const {use, release} = await newTicket()
  for (let round = 0; round < 3; round++) {
    const used = await use()
    t.is(used.appended, undefined)
    await release(used)
  }
  const open = await use()
  isSuperseding(t, await use(), open.grant.ticket!.useId)
})

test('when the first stream of a ticket ends after a second use of the ticket, the ticket stays in use', async t => {
  const {use, release} = await newTicket()
  const older = await use()
  const newer = await use()
  await release(older)
  isSuperseding(t, await use(), newer.grant.ticket!.useId)
})

test('the limit of 30 s applies only to the first use of a ticket; after a release, the ticket can open a stream a day later', async t => {
  const {use, release} = await newTicket()
  await release(await use())
  t.is((await use(Date.now() + 86_400_000)).appended, undefined)
})

test('when a ticket cannot be released, the error is reported, and the ticket can still be used', async t => {
  const {use, organizationId} = await newTicket()
  const used = await use()
  const errors: unknown[] = []
  const releases = startReleases(await closedDatabase(), errors)
  releases.streamEnded({organizationId, grant: used.grant})
  await releases.stop()
  t.is(errors.length, 1)
  isSuperseding(t, await use(), used.grant.ticket!.useId)
})

test('when a stream without a ticket ends, nothing is written to the database', async t => {
  const {organizationId} = await newTicket()
  const errors: unknown[] = []
  const releases = startReleases(await closedDatabase(), errors)
  releases.streamEnded({organizationId, grant: {memberId: organizationId}})
  await releases.stop()
  t.deepEqual(errors, [])
})
