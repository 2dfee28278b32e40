import type {Context, Middleware} from 'koa'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Credentials, Identity} from '../identity/identity.ts'
import type {Live} from '../live/live.ts'
import {toProblem} from './problems.ts'
import {readSession} from './session-cookie.ts'

export interface AuthenticatedState {
  caller: Caller
}

/**
 * Sets `ctx.state.caller` from the credentials in the headers or, without them, in the session cookie. With `inQuery`,
 * `?token=` and `?api_key=` take precedence over the cookie, because EventSource in browsers cannot set headers. Throws
 * what `Identity.authenticate` throws. Throws Problem 'store-unavailable' when the request fails because a restore from
 * a backup removed the caller; the next request creates the caller again.
 */
export function authenticate(deps: IdentifyDeps, {inQuery = false} = {}): Middleware<AuthenticatedState> {
  return async (ctx, next) => {
    const credentials = fromHeaders(ctx) ??
      (inQuery ? fromQuery(ctx) : undefined) ?? {token: readSession(ctx)}
    const caller = await identify(deps, credentials)
    ctx.state.caller = caller
    try {
      await next()
    } catch (error) {
      throw (await isRestoreFault(error, deps.identity, caller)) ? restored(error) : error
    }
  }
}

export interface IdentifyDeps {
  identity: Identity
  live: Live
}

/**
 * Returns the caller. When the member is new or has a new name, publishes the event about this. Throws what
 * `Identity.authenticate` throws.
 */
export async function identify({identity, live}: IdentifyDeps, credentials: Credentials): Promise<Caller> {
  const {caller, appended} = await identity.authenticate(credentials)
  if (appended) live.publish(caller.organization_id, appended)
  return caller
}

/** Returns whether an unexpected error occurred because a restore from a backup removed the caller. */
async function isRestoreFault(error: unknown, identity: Identity, caller: Caller): Promise<boolean> {
  if (toProblem(error).code !== 'internal-error') return false
  return identity.hasLost(caller).catch(() => false) // report the original error, not an error of this check
}

function restored(cause: unknown): Problem {
  const detail = 'The database was restored from a backup; send the request again.'
  return new Problem('store-unavailable', detail, {}, {cause})
}

function fromHeaders(ctx: Context): Credentials | undefined {
  // [spec] RFC 9110, section 11.1: the scheme is case-insensitive.
  const token = /^Bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1]
  if (token) return {token}
  const apiKey = ctx.get('X-API-Key')
  return apiKey ? {apiKey} : undefined
}

/**
 * Throws Problem 'invalid-request' when a parameter is repeated. Using the cookie in this case could authenticate a
 * different member.
 */
function fromQuery({query: {token, api_key: apiKey}}: Context): Credentials | undefined {
  if (Array.isArray(token) || Array.isArray(apiKey)) {
    throw new Problem('invalid-request', 'Send the parameter token or api_key only once.')
  }
  return token === undefined && apiKey === undefined ? undefined : {token, apiKey}
}
