/** Callers whose access was withdrawn. Before the access was withdrawn, the server accepted each credential. */

import {randomBytes} from 'node:crypto'
import {
  bearer,
  type Caller,
  cookie,
  type Form,
  formsOfKeys,
  formsOfTokens,
  prepared,
  ticket,
} from './caller.ts'
import type {CallerTools} from './cell.ts'
import {type Client, requireSuccess} from './client.ts'
import type {Operation} from './contract.ts'
import {buyTicket, openWithTicket, signIn} from './sign-in.ts'

/**
 * Returns the callers whose access was withdrawn. Before the withdrawal, the callers have the role `admin`. The server
 * answers a removed member with status 403, because the credential of the member is still valid. The credentials of all
 * other callers are no longer valid, so the status is 401.
 */
export function withdrawnCallers({security}: Operation, {world, issuer}: CallerTools): Caller[] {
  const {claim, word, tokens} = world.attacked
  const admin = bearer(tokens.admin)
  const inQuery = security.includes('tokenInQuery')

  const claimsOf = (sub: string) => ({sub, org: claim, role: 'admin', name: `${sub} ${word}`})
  /** Returns the token of a new member. */
  const newToken = (sub = `new ${randomBytes(6).toString('hex')}`) => issuer.token(claimsOf(sub))
  const remove = async (client: Client, form: Form) =>
    withdraw(client, admin, `/members/${await accepted(client, form)}`)
  const newKey = async (client: Client) => {
    const sent = {method: 'POST', path: '/api/v1/api-keys', ...admin, body: {name: word, role: 'admin'}}
    return (await requireSuccess(client.send(sent))).body
  }
  /** Requests a ticket with the credential in `by`, opens a stream with the ticket, and returns the ticket. */
  const usedTicket = async (client: Client, by: Form) => {
    const value = await buyTicket(client, by)
    await openWithTicket(client, value)
    return value
  }

  return [
    ...Object.entries(formsOfTokens(inQuery)).flatMap(([form, carry]) => [
      prepared(`token of a removed member ${form}`, 'forbidden', async client => {
        const token = newToken()
        await remove(client, bearer(token))
        return carry(token)
      }),
      prepared(`token that a removed member has got later ${form}`, 'forbidden', async client => {
        const sub = `new ${randomBytes(6).toString('hex')}`
        await remove(client, bearer(newToken(sub)))
        return carry(issuer.token({...claimsOf(sub), name: 'Another name'}))
      }),
    ]),
    prepared('session cookie of a removed member', 'forbidden', async client => {
      const form = cookie(await signIn(client, newToken()))
      await remove(client, form)
      return form
    }),
    prepared('session cookie after the member has signed out everywhere', 'unknown', async client => {
      const token = newToken()
      const form = cookie(await signIn(client, token))
      await accepted(client, form)
      await withdraw(client, cookie(await signIn(client, token)), '/sessions')
      return form
    }),
    ...Object.entries(formsOfKeys(inQuery)).flatMap(([form, carry]) => [
      prepared(`API key that was used and then revoked ${form}`, 'unknown', async client => {
        const {id, key} = await newKey(client)
        await accepted(client, carryKey(key))
        await withdraw(client, admin, `/api-keys/${id}`)
        return carry(key)
      }),
      prepared(`API key whose member was removed ${form}`, 'unknown', async client => {
        const {key} = await newKey(client)
        await remove(client, carryKey(key))
        return carry(key)
      }),
    ]),
    ...(security.includes('ticket')
      ? [
          prepared('ticket of a removed member', 'forbidden', async client => {
            const member = bearer(newToken())
            const value = await usedTicket(client, member)
            await remove(client, member)
            return ticket(value)
          }),
          prepared('ticket of an API key that was revoked', 'unknown', async client => {
            const {id, key} = await newKey(client)
            const value = await usedTicket(client, carryKey(key))
            await withdraw(client, admin, `/api-keys/${id}`)
            return ticket(value)
          }),
          prepared('ticket of a session that has ended', 'unknown', async client => {
            const form = cookie(await signIn(client, newToken()))
            const value = await usedTicket(client, form)
            await withdraw(client, form, '/session')
            return ticket(value)
          }),
        ]
      : []),
  ]
}

const carryKey = formsOfKeys(false)['in the header']

/** Requires that the server accepts the credential. Returns the id of the member. */
async function accepted(client: Client, form: Form): Promise<string> {
  const {body} = await requireSuccess(client.send({method: 'GET', path: '/api/v1/me', ...form}))
  return body.user_id
}

async function withdraw(client: Client, by: Form, path: string): Promise<void> {
  await requireSuccess(client.send({method: 'DELETE', path: `/api/v1${path}`, ...by}))
}
