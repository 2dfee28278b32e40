import test from 'ava'
import {createKey, listKeys, revokeKey} from '../../src/commands/api-key.ts'
import {readConfig} from '../../src/config.ts'
import {findApiKey} from '../../src/identity/api-keys.ts'
import type {Database, Store} from '../../src/store/connection.ts'
import {createEventStream} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {openNewStore} from '../helpers/new-store.ts'

let store: Store
let db: Database
test.before(async () => {
  store = await openNewStore()
  db = store.db
})
test.after.always(() => store?.close())

const {quotas} = readConfig({})
const request = {keyName: 'Robot', role: 'member', lifetime: undefined} as const

test('a new key can be created for an organization that is identified by its claim or by its id', async t => {
  const organizationId = await addOrganization('', t.title)
  for (const organization of [t.title, organizationId, organizationId.toUpperCase()]) {
    const {key, note} = await createKey(db, {...request, organization}, quotas)
    const apiKey = await findApiKey(db, key)
    t.is(apiKey.organization_id, organizationId)
    t.true(note.includes(apiKey.id))
    t.false(note.includes(key))
  }
})

test('a key expires after its lifetime', async t => {
  await addOrganization('', t.title)
  const earliest = Date.now() + 3_600_000
  const {key} = await createKey(db, {...request, organization: t.title, lifetime: 3600}, quotas)
  const latest = Date.now() + 3_600_000
  const expiresAt = Date.parse((await findApiKey(db, key)).expires_at!)
  t.true(earliest <= expiresAt && expiresAt <= latest)
})

test('creating a key for an unknown organization is rejected, and no key is created', async t => {
  await t.throwsAsync(createKey(db, {...request, keyName: t.title, organization: 'nobody'}, quotas), {
    code: 'command-failed',
    message: /^Organization nobody does not exist/,
  })
  const keys = await listKeys(db, undefined)
  t.false(keys.some(line => line.endsWith(t.title)))
})

test('an organization claim that several issuers use is rejected, and the error lists the ids of the organizations', async t => {
  const ids = [await addOrganization('https://a.example', t.title), await addOrganization('', t.title)]
  const {message} = await t.throwsAsync(createKey(db, {...request, organization: t.title}, quotas), {
    code: 'command-failed',
  })
  for (const id of ids) t.true(message.includes(id))
})

test('the list shows the state of every key', async t => {
  await addOrganization('', t.title)
  const organization = t.title
  await createKey(db, {...request, organization, keyName: 'Unlimited'}, quotas)
  await createKey(db, {...request, organization, keyName: 'Expiring', lifetime: 3600}, quotas)
  const {key} = await createKey(db, {...request, organization, keyName: 'Revoked', role: 'admin'}, quotas)
  t.regex(await revokeKey(db, (await findApiKey(db, key)).id, {kind: 'none'}), /Revoked was revoked/)
  const [headings, ...lines] = await listKeys(db, organization)
  t.regex(headings!, /^ID +ORGANIZATION +ROLE +STATE +NAME$/)
  t.regex(lines.find(line => line.endsWith('Unlimited'))!, / member +valid +Unlimited$/)
  t.regex(lines.find(line => line.endsWith('Expiring'))!, / member +expires 20\S+Z +Expiring$/)
  t.regex(lines.find(line => line.endsWith('Revoked'))!, / admin +revoked 20\S+Z +Revoked$/)
  t.is(lines.length, 3)
})

test('revoking an unknown key is rejected', async t => {
  await t.throwsAsync(revokeKey(db, newId(), {kind: 'none'}), {code: 'command-failed'})
})

async function addOrganization(issuer: string, claim: string): Promise<string> {
  const id = newId()
  await db.transaction().execute(async trx => {
    await trx
      .insertInto('organizations')
      .values({id, issuer, claim, created_at: new Date().toISOString()})
      .execute()
    await createEventStream(trx, id)
  })
  return id
}
