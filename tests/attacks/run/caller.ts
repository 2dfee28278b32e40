/** A caller, and the forms in which callers send their credentials. */
import type {Role} from '../../../src/board/member.ts'
import type {Client} from './client.ts'

export interface Caller {
  /** For example `expired token as session cookie`. */
  name: string
  headers: Record<string, string>
  query: Record<string, string>
  standing: Standing
  /** Obtains a new credential for each request, and returns the headers and the query that carry the credential. */
  prepare?: (client: Client) => Promise<Form>
}

/**
 * How the server must identify the caller. `unknown`: as nobody. `forbidden`: as a member whose request the server must
 * refuse. `foreign`: as an admin of another organization. A role: as a member with this role.
 */
export type Standing = 'unknown' | 'forbidden' | 'foreign' | Role

export type Form = Pick<Caller, 'headers' | 'query'>

export function prepared(name: string, standing: Standing, prepare: NonNullable<Caller['prepare']>): Caller {
  return {name, standing, headers: {}, query: {}, prepare}
}

export function inForms(
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

export function formsOfTokens(inQuery: boolean) {
  return {
    'as bearer token': bearer,
    ...(inQuery && {'in the query': tokenInQuery}),
  }
}

export function formsOfKeys(inQuery: boolean) {
  return {'in the header': apiKey, ...(inQuery && {'in the query': keyInQuery})}
}

export const bearer = (token: string): Form => ({headers: {authorization: `Bearer ${token}`}, query: {}})
export const basic = (token: string): Form => ({headers: {authorization: `Basic ${token}`}, query: {}})
export const apiKey = (key: string): Form => ({headers: {'x-api-key': key}, query: {}})
export const tokenInQuery = (token: string): Form => ({headers: {}, query: {token}})
export const keyInQuery = (key: string): Form => ({headers: {}, query: {api_key: key}})

export const ticket = (value: string): Form => ({headers: {}, query: {ticket: value}})
/** The cookie in a request that the page of the server sends. */
export const cookie = (value: string): Form => ({
  headers: {cookie: value, 'sec-fetch-site': 'same-origin'},
  query: {},
})
