/** Tries to sign in with every token. Also tries to sign in and to sign out from pages of other sites. */
import type {Caller} from './caller.ts'
import type {Cell, MatrixTools} from './cell.ts'
import type {PlannedOperation} from './plans.ts'

export function sessionCells(operations: readonly PlannedOperation[], tools: MatrixTools): Cell[] {
  const {world, issuer, refusedTokens} = tools
  const {tokens, keys, refusedKeys, removedToken} = world.attacked
  const operationOf = (method: string) =>
    operations.find(operation => operation.method === method && operation.path === '/api/v1/session')!
  const signIn = operationOf('POST')
  const signInWith = (name: string, token: string, expected: number): Cell => ({
    operation: signIn,
    caller: callerOf(`${name} in the body`),
    expected,
    body: {token},
  })
  const nameless = issuer.tokenWithoutOrganization({sub: 'admin', org: '', role: 'admin'})
  return [
    ...Object.entries(refusedTokens).map(([name, token]) => signInWith(name, token, 401)),
    ...Object.entries({...refusedKeys, 'API key': keys.admin}).map(([name, key]) =>
      signInWith(name, key, 401),
    ),
    signInWith('token without an organization', nameless, 403),
    signInWith('token of a removed member', removedToken, 403),
    ...Object.entries(tokens).map(([role, token]) => signInWith(`token of the ${role}`, token, 200)),
    ...['cross-site', 'same-site', 'none'].flatMap(site => [
      {...signInWith(`token of the admin, ${site},`, tokens.admin, 403), caller: callerOf(site, site)},
      {operation: operationOf('DELETE'), caller: callerOf(`a page, ${site}`, site), expected: 403},
    ]),
  ]
}

function callerOf(name: string, site = 'same-origin'): Caller {
  return {name, headers: {'sec-fetch-site': site}, query: {}, standing: 'forbidden'}
}
