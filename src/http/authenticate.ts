import type {Context, Middleware} from 'koa'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Credentials, Identity} from '../identity/identity.ts'
import type {Live} from '../live/live.ts'
import {readSession} from './session-cookie.ts'

export interface AuthenticatedState {
  caller: Caller
}

/**
 * Sets `ctx.state.caller` from the headers, or else from the session cookie. With `inQuery`, `?token=` and `?api_key=`
 * take precedence over the cookie, for browsers whose EventSource cannot set headers. Throws what
 * `Identity.authenticate` throws.
 */
export function authenticate(
  {identity, live}: {identity: Identity; live: Live},
  {inQuery = false} = {},
): Middleware<AuthenticatedState> {
  return async (ctx, next) => {
    const credentials = fromHeaders(ctx) ??
      (inQuery ? fromQuery(ctx) : undefined) ?? {token: readSession(ctx)}
    const {caller, appended} = await identity.authenticate(credentials)
    if (appended) live.publish(caller.organization_id, appended)
    ctx.state.caller = caller
    return next()
  }
}

function fromHeaders(ctx: Context): Credentials | undefined {
  // [spec] RFC 9110, section 11.1: the scheme is case-insensitive.
  const token = /^Bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1]
  if (token) return {token}
  const apiKey = ctx.get('X-API-Key')
  return apiKey ? {apiKey} : undefined
}

/**
 * Throws Problem 'invalid-request' when a parameter is repeated: falling back to the cookie could authenticate another
 * member.
 */
function fromQuery({query: {token, api_key: apiKey}}: Context): Credentials | undefined {
  if (Array.isArray(token) || Array.isArray(apiKey)) {
    throw new Problem('invalid-request', 'Send the parameter token or api_key only once.')
  }
  return token === undefined && apiKey === undefined ? undefined : {token, apiKey}
}
