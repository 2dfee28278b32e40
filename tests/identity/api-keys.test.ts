import {createHash} from 'node:crypto'
import test from 'ava'
import {findApiKey} from '../../src/identity/api-keys.ts'
import type {Database, Store} from '../../src/store/connection.ts'
import {createApiKey, revokeApiKey} from '../helpers/api-keys.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {createOrganization, readEvents} from '../helpers/organization.ts'

let store: Store
let db: Database
test.before(async () => {
  store = await openNewStore()
  db = store.db
})
test.after.always(() => store?.close())

test('creating a key creates a member for the key and appends member.updated', async t => {
  const organizationId = await newOrganization()
  const {key, apiKey, appended} = await createApiKey(db, {organizationId, name: 'Robot', role: 'member'})
  t.regex(key, /^bck_[\w-]{43}$/)
  t.deepEqual(await findApiKey(db, key), {...apiKey, organization_id: organizationId})
  t.like(apiKey, {
    name: 'Robot',
    role: 'member',
    expires_at: null,
    revoked_at: null,
  })
  const events = await readEvents(db, organizationId)
  t.deepEqual(
    events.map(event => event.type === 'member.updated' && event.member),
    [{id: apiKey.member_id, name: 'Robot'}],
  )
  t.is(appended.records[0]?.data, JSON.stringify(events[0]))
})

test('only the SHA-256 hash of a key is stored', async t => {
  const organizationId = await newOrganization()
  const {key, apiKey} = await createApiKey(db, {organizationId, name: 'Robot', role: 'viewer'})
  const row = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('id', '=', apiKey.id)
    .executeTakeFirstOrThrow()
  t.deepEqual(Buffer.from(row.key_hash), createHash('sha256').update(key).digest())
  t.false(JSON.stringify([apiKey, row]).includes(key))
})

test('unknown, expired and revoked keys are rejected with the same message', async t => {
  const organizationId = await newOrganization()
  const past = new Date(Date.now() - 1000).toISOString()
  const input = {organizationId, name: 'Robot', role: 'admin'} as const
  const expired = await createApiKey(db, {...input, expiresAt: past})
  const revoked = await createApiKey(db, input)
  await revokeApiKey(db, revoked.apiKey.id)
  const unknown = `bck_${'x'.repeat(43)}`
  const refusals = []
  for (const key of [expired.key, revoked.key, unknown, 'bck_', '', `${unknown}\n`, '\0']) {
    refusals.push(await t.throwsAsync(findApiKey(db, key), {code: 'invalid-api-key'}, key))
  }
  t.is(new Set(refusals.map(({message}) => message)).size, 1)
})

test('a key is valid until it expires', async t => {
  const organizationId = await newOrganization()
  const expiresAt = '2026-01-31T08:15:00.000Z'
  const {key} = await createApiKey(db, {organizationId, name: 'Robot', role: 'admin', expiresAt})
  t.is((await findApiKey(db, key, Date.parse(expiresAt) - 1)).expires_at, expiresAt)
  await t.throwsAsync(findApiKey(db, key, Date.parse(expiresAt)), {code: 'invalid-api-key'})
})

test('when a key is already revoked, a second revocation changes nothing', async t => {
  const organizationId = await newOrganization()
  const {apiKey} = await createApiKey(db, {organizationId, name: 'Robot', role: 'admin'})
  const {records, ...first} = await revokeApiKey(db, apiKey.id)
  t.is(records.length, 1)
  t.truthy(first.result.revoked_at)
  t.deepEqual(await revokeApiKey(db, apiKey.id), {...first, records: []})
})

async function newOrganization(): Promise<string> {
  const {ada} = await createOrganization(db, {ada: 'admin'})
  return ada.organization_id
}
