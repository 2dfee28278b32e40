/** The callers of every operation. Each caller sends one credential in one form, for example in a header. */

import {randomBytes} from 'node:crypto'
import {roles} from '../../../src/board/member.ts'
import {
  apiKey,
  basic,
  bearer,
  type Caller,
  cookie,
  type Form,
  formsOfKeys,
  formsOfTokens,
  inForms,
  keyInQuery,
  prepared,
  ticket,
  tokenInQuery,
} from './caller.ts'
import type {CallerTools} from './cell.ts'
import type {Operation} from './contract.ts'
import {buyTicket, openWithTicket, signIn, signInAndOut} from './sign-in.ts'
import {withdrawnCallers} from './withdrawn-callers.ts'
import type {Organization} from './world.ts'

/**
 * Returns every caller of an operation. If a caller sends a credential in a form that the operation does not accept, the
 * caller is `unknown`.
 */
export function callersOf(operation: Operation, tools: CallerTools): Caller[] {
  const {security, method} = operation
  const {world, issuer, refusedTokens} = tools
  const {attacked, other} = world
  const inQuery = security.includes('tokenInQuery')
  const tokenForms = formsOfTokens(inQuery)
  const asCookie = (value: string) => cookie(`${tools.cookieName}=${value}`)
  const keyForms = formsOfKeys(inQuery)
  const nameless = issuer.tokenWithoutOrganization({sub: 'admin', org: '', role: 'admin'})
  return [
    {name: 'no credential', headers: {}, query: {}, standing: 'unknown'},
    ...inForms(refusedTokens, tokenForms, 'unknown'),
    ...inForms(attacked.refusedKeys, keyForms, 'unknown'),
    ...inForms({'API key': attacked.keys.admin}, {'as bearer token': bearer}, 'unknown'),
    ...inForms({token: attacked.tokens.admin}, {'as API key': apiKey}, 'unknown'),
    ...inForms({token: attacked.tokens.admin}, {'with the scheme Basic': basic}, 'unknown'),
    ...(inQuery
      ? []
      : [
          ...inForms({token: attacked.tokens.admin}, {'in the query': tokenInQuery}, 'unknown'),
          ...inForms({'API key': attacked.keys.admin}, {'in the query': keyInQuery}, 'unknown'),
        ]),
    ...inForms({'token of an admin': attacked.tokens.admin}, {'as session cookie': asCookie}, 'unknown'),
    ...inForms(refusedTokens, {'as session cookie': asCookie}, 'unknown'),
    ...inForms(
      {'forged session': `bcs_${randomBytes(32).toString('base64url')}`},
      {'as session cookie': asCookie},
      'unknown',
    ),
    prepared('session that has ended', 'unknown', async client =>
      cookie(await signInAndOut(client, attacked.tokens.admin)),
    ),
    prepared('forged token as bearer token, with the session cookie of an admin', 'unknown', async client => {
      const {headers} = cookie(await signIn(client, attacked.tokens.admin))
      return {headers: {...headers, ...bearer(refusedTokens['forged token'] ?? 'x').headers}, query: {}}
    }),
    ...(security.includes('ticket')
      ? inForms(attacked.refusedTickets, {'in the query': ticket}, 'unknown')
      : security.includes('tokenInQuery')
        ? []
        : [
            prepared('ticket in the query', 'unknown', async client =>
              ticket(await buyTicket(client, bearer(attacked.tokens.admin))),
            ),
          ]),
    ...inForms({'token without an organization': nameless}, tokenForms, 'forbidden'),
    ...(security.length > 0 ? crossSiteCallers(tools, method) : []),
    ...(security.length > 0 ? withdrawnCallers(operation, tools) : []),
    ...membersOf(other, security, tokenForms, keyForms)
      .filter(({standing}) => standing === 'admin')
      .map(caller => ({
        ...caller,
        name: `${caller.name}, of another organization`,
        standing: 'foreign' as const,
      })),
    ...membersOf(attacked, security, tokenForms, keyForms),
  ]
}

function membersOf(
  {tokens, keys}: Organization,
  security: Operation['security'],
  tokenForms: Record<string, (token: string) => Form>,
  keyForms: Record<string, (key: string) => Form>,
): Caller[] {
  return roles.flatMap(role => [
    ...inForms({[`token of the ${role}`]: tokens[role]}, tokenForms, role),
    ...inForms({[`API key of the ${role}`]: keys[role]}, keyForms, role),
    prepared(`session cookie of the ${role}`, role, async client =>
      cookie(await signIn(client, tokens[role])),
    ),
    ...(security.includes('ticket')
      ? [
          prepared(`ticket of the ${role}`, role, async client =>
            ticket(await buyTicket(client, bearer(tokens[role]))),
          ),
          // The stream of this caller ends the other stream of the ticket. The ticket remains valid.
          prepared(`ticket of the ${role}, which has opened another stream`, role, async client => {
            const value = await buyTicket(client, bearer(tokens[role]))
            await openWithTicket(client, value)
            return ticket(value)
          }),
        ]
      : []),
  ])
}

/**
 * Returns callers that send the session cookie of an admin from pages of other sites. Over HTTPS, browsers send
 * Sec-Fetch-Site with every request. Over plain HTTP, browsers send Origin with every request that can change data.
 */
function crossSiteCallers({world}: CallerTools, method: string): Caller[] {
  const sites: Record<string, Record<string, string>> = {
    'cross-site': {'sec-fetch-site': 'cross-site'},
    'same-site': {'sec-fetch-site': 'same-site'},
    ...(method !== 'GET' && {
      'from no page': {'sec-fetch-site': 'none'},
      'from another origin': {origin: 'http://attacker.example'},
      'from an opaque origin': {origin: 'null'},
      'without an origin': {},
    }),
  }
  return Object.entries(sites).map(([name, site]) =>
    prepared(`session cookie of the admin, ${name}`, 'forbidden', async client => ({
      headers: {cookie: await signIn(client, world.attacked.tokens.admin), ...site},
      query: {},
    })),
  )
}
