/** The callers of every operation: each credential in each form in which a request can carry a credential. */
import {type Role, roles} from '../../../src/board/member.ts'
import type {Operation} from './contract.ts'
import type {Issuer} from './issuer.ts'
import type {Organization, World} from './world.ts'

export interface Caller {
  /** For example `expired token as session cookie`. */
  name: string
  headers: Record<string, string>
  query: Record<string, string>
  standing: Standing
}

/**
 * As whom the server must treat the caller. `unknown`: nobody. `forbidden`: a member whose request the server must
 * refuse. `foreign`: an admin of another organization. A role: a member with this role.
 */
export type Standing = 'unknown' | 'forbidden' | 'foreign' | Role

export interface CallerTools {
  world: World
  issuer: Issuer
  cookieName: string
  /** Tokens that the server must refuse. */
  refusedTokens: Readonly<Record<string, string>>
}

type Form = Pick<Caller, 'headers' | 'query'>

/**
 * Returns every caller of an operation. If the operation does not accept the form of a credential, the caller is
 * unknown.
 */
export function callersOf({security, method}: Operation, tools: CallerTools): Caller[] {
  const {world, issuer, refusedTokens} = tools
  const {attacked, other} = world
  const inQuery = security.includes('tokenInQuery')
  const tokenForms = formsOfTokens(tools, inQuery)
  const keyForms = formsOfKeys(inQuery)
  const ownPage = cookieOf(tools.cookieName, attacked.tokens.admin)
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
    {
      name: 'forged token as bearer token, with the session cookie of an admin',
      headers: {...ownPage.headers, authorization: `Bearer ${refusedTokens['forged token']}`},
      query: {},
      standing: 'unknown',
    },
    ...inForms({'token without an organization': nameless}, tokenForms, 'forbidden'),
    ...(security.length > 0 ? crossSiteCallers(tools, method) : []),
    ...membersOf(other, tokenForms, keyForms)
      .filter(({standing}) => standing === 'admin')
      .map(caller => ({
        ...caller,
        name: `${caller.name}, of another organization`,
        standing: 'foreign' as const,
      })),
    ...membersOf(attacked, tokenForms, keyForms),
  ]
}

function membersOf(
  {tokens, keys}: Organization,
  tokenForms: Record<string, (token: string) => Form>,
  keyForms: Record<string, (key: string) => Form>,
): Caller[] {
  return roles.flatMap(role => [
    ...inForms({[`token of the ${role}`]: tokens[role]}, tokenForms, role),
    ...inForms({[`API key of the ${role}`]: keys[role]}, keyForms, role),
  ])
}

/**
 * The session cookie of an admin, in requests that pages of other sites send. Browsers send Sec-Fetch-Site or, over
 * plain HTTP, Origin with every request that can change data.
 */
function crossSiteCallers({cookieName, world}: CallerTools, method: string): Caller[] {
  const {cookie} = cookieOf(cookieName, world.attacked.tokens.admin).headers
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
  return Object.entries(sites).map(([name, site]) => ({
    name: `session cookie of the admin, ${name}`,
    headers: {cookie: cookie!, ...site},
    query: {},
    standing: 'forbidden',
  }))
}

function inForms(
  credentials: Readonly<Record<string, string>>,
  forms: Record<string, (credential: string) => Form>,
  standing: Standing,
): Caller[] {
  return Object.entries(credentials).flatMap(([credential, value]) =>
    Object.entries(forms).map(([form, carry]) => ({
      name: `${credential} ${form}`,
      standing,
      ...carry(value),
    })),
  )
}

function formsOfTokens({cookieName}: CallerTools, inQuery: boolean) {
  return {
    'as bearer token': bearer,
    'as session cookie': (token: string) => cookieOf(cookieName, token),
    ...(inQuery && {'in the query': tokenInQuery}),
  }
}

function formsOfKeys(inQuery: boolean) {
  return {'in the header': apiKey, ...(inQuery && {'in the query': keyInQuery})}
}

const bearer = (token: string): Form => ({headers: {authorization: `Bearer ${token}`}, query: {}})
const basic = (token: string): Form => ({headers: {authorization: `Basic ${token}`}, query: {}})
const apiKey = (key: string): Form => ({headers: {'x-api-key': key}, query: {}})
const tokenInQuery = (token: string): Form => ({headers: {}, query: {token}})
const keyInQuery = (key: string): Form => ({headers: {}, query: {api_key: key}})

/** The cookie in a request that the page of the server sends. */
function cookieOf(name: string, token: string): Form {
  return {headers: {cookie: `${name}=${token}`, 'sec-fetch-site': 'same-origin'}, query: {}}
}
