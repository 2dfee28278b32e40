import type {Context, Middleware} from 'koa'
import type {Grant} from '../board/access.ts'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Authentication, Credentials, Identity, UsableTicket} from '../identity/identity.ts'
import type {Publish} from './commit-and-publish.ts'
import {toProblem} from './problems.ts'
import type {CredentialKind, RefusalLimit} from './refusal-limit.ts'
import {readSession} from './session-cookie.ts'

export interface AuthenticatedState {
  caller: Caller
  /**
   * Authenticates the credentials of the request again, usually without a query of the database. Throws the errors of
   * `Identity.authenticate`.
   */
  authenticateAgain: () => Promise<Caller>
  /** The ids that the access of the caller depends on. */
  grant: Grant
  /** The time when the credential ends, in milliseconds since 1970. Undefined when the credential has no end. */
  expiresAt?: number | undefined
  /** Present when the credential is a ticket. */
  ticket?: UsableTicket | undefined
}

export interface AuthenticateOptions {
  /**
   * EventSource in browsers cannot set headers, so a route can permit credentials in the query. `tickets` permits only
   * `?ticket=`, and `all` permits `?ticket=`, `?token=` and `?api_key=`. By default, the query may contain no
   * credentials.
   */
  inQuery?: 'tickets' | 'all'
}

/**
 * Authenticates the request and sets `ctx.state.caller`. The credentials are in the headers or in the session cookie.
 * If `inQuery` permits credentials in the query, the query can also contain the credentials. Headers take precedence
 * over the query, and the query takes precedence over the cookie. Throws the errors of `Identity.authenticate`. If the
 * request fails because a restore from a backup has removed the caller, throws Problem 'store-unavailable'. The next
 * request creates the caller again.
 */
export function authenticate(
  deps: IdentifyDeps,
  {inQuery}: AuthenticateOptions = {},
): Middleware<AuthenticatedState> {
  return async (ctx, next) => {
    const credentials = fromHeaders(ctx) ??
      (inQuery && fromQuery(ctx, inQuery)) ?? {session: readSession(ctx)}
    const {caller, grant, expiresAt, ticket} = await identify(ctx, deps, credentials)
    ctx.state.caller = caller
    ctx.state.authenticateAgain = async () => (await identify(ctx, deps, credentials)).caller
    ctx.state.grant = grant
    ctx.state.expiresAt = expiresAt
    ctx.state.ticket = ticket
    try {
      await next()
    } catch (error) {
      throw (await isRestoreFault(error, deps.identity, caller)) ? restored(error) : error
    }
  }
}

export interface IdentifyDeps {
  identity: Identity
  publish: Publish
  refusals: RefusalLimit
}

/**
 * Authenticates the credentials. If the authentication created or renamed the member, publishes the event about the
 * member. Throws the errors of `Identity.authenticate`. `refusals` limits the refused credentials of each kind from the
 * address of the client. While the address exceeds this limit, a refused token, API key or ticket causes Problem
 * 'rate-limited'. If the process has not accepted an API key, a ticket or a session before, the process then also
 * refuses this credential without a lookup.
 */
export async function identify(
  ctx: Context,
  {identity, publish, refusals}: IdentifyDeps,
  credentials: Credentials,
): Promise<Authentication> {
  const authentication = await refusals.watch(
    ctx,
    isExceeded => identity.authenticate(credentials, {onlyKnownSecrets: isExceeded}),
    kindOf(credentials),
  )
  const {caller, appended} = authentication
  if (appended) publish(caller.organization_id, appended)
  return authentication
}

function kindOf({token, apiKey, ticket}: Credentials): CredentialKind {
  if (token) return 'token'
  if (apiKey) return 'api-key'
  return ticket ? 'ticket' : 'session'
}

/** Returns whether an unexpected error has this cause: a restore from a backup removed the caller. */
async function isRestoreFault(error: unknown, identity: Identity, caller: Caller): Promise<boolean> {
  if (toProblem(error).code !== 'internal-error') return false
  return identity.hasLost(caller).catch(() => false) // if this check fails, the original error is reported
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
 * Throws Problem 'invalid-request' when the query has several credentials. In this case, the server must not use the
 * cookie, because the cookie may belong to one member and the parameters to another member. Throws Problem
 * 'unauthenticated' when `permitted` does not permit the credential.
 */
function fromQuery(
  {query: {token, api_key: apiKey, ticket}}: Context,
  permitted: 'tickets' | 'all',
): Credentials | undefined {
  if (Array.isArray(token) || Array.isArray(apiKey) || Array.isArray(ticket)) {
    throw new Problem('invalid-request', 'Send the parameter token, api_key or ticket only once.')
  }
  const hasToken = token !== undefined || apiKey !== undefined
  if (ticket !== undefined) {
    if (!hasToken) return {ticket}
    throw new Problem(
      'invalid-request',
      'Send the parameter ticket without the parameters token and api_key.',
    )
  }
  if (!hasToken) return undefined
  if (permitted === 'all') return {token, apiKey}
  throw new Problem(
    'unauthenticated',
    'This server does not accept the parameters token and api_key (QUERY_TOKENS=off). Send a header (Authorization: Bearer … or X-API-Key), or request a ticket with POST /api/v1/events/tickets.',
  )
}
