/** API keys and tickets that the server must refuse. */
import {randomBytes} from 'node:crypto'
import {hashOf} from '../../../src/identity/secrets.ts'
import type {Database} from '../../../src/store/connection.ts'
import {createApiKey} from '../../helpers/api-keys.ts'
import {bearer} from './caller.ts'
import type {Client} from './client.ts'
import {buyTicket, openWithTicket} from './sign-in.ts'

export async function createRefusedKeys(
  db: Database,
  organizationId: string,
): Promise<Record<string, string>> {
  const key = {organizationId, name: 'refused', role: 'admin'} as const
  const expired = await createApiKey(db, {...key, expiresAt: new Date(Date.now() - 60_000).toISOString()})
  const revoked = await createApiKey(db, key)
  await db
    .updateTable('api_keys')
    .set({revoked_at: new Date().toISOString()})
    .where('id', '=', revoked.apiKey.id)
    .execute()
  return {
    'expired API key': expired.key,
    'revoked API key': revoked.key,
    'forged API key': `bck_${randomBytes(32).toString('base64url')}`,
    'malformed API key': `bck_${randomBytes(16).toString('base64url')}' or true --`,
  }
}

export async function createRefusedTickets(
  client: Client,
  db: Database,
  token: string,
): Promise<Record<string, string>> {
  const newTicket = () => buyTicket(client, bearer(token))
  const past = new Date(Date.now() - 1_000).toISOString()
  const rowOf = (ticket: string) => ['ticket_hash', '=', hashOf(ticket)] as const
  const unused = await newTicket()
  await db
    .updateTable('tickets')
    .set({first_use_before: past})
    .where(...rowOf(unused))
    .execute()
  const expired = await newTicket()
  await openWithTicket(client, expired)
  await db
    .updateTable('tickets')
    .set({expires_at: past})
    .where(...rowOf(expired))
    .execute()
  const deleted = await newTicket()
  await openWithTicket(client, deleted)
  await db
    .deleteFrom('tickets')
    .where(...rowOf(deleted))
    .execute()
  return {
    'ticket that was not used in time': unused,
    'expired ticket': expired,
    'deleted ticket': deleted,
    'forged ticket': `bct_${randomBytes(32).toString('base64url')}`,
  }
}
