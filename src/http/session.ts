/**
 * Sign-in and sign-out for the page. A sign-in with a token starts a session, and sets a cookie with the secret of the
 * session. In the demo, a visitor can choose a member instead of sending a token.
 */
import Router from '@koa/router'
import type {Context} from 'koa'
import {z} from 'zod'
import {type Role, roles} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {endSession, type NewSession, renewSession, startSession} from '../identity/sessions.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import type {Database} from '../store/connection.ts'
import {type IdentifyDeps, identify} from './authenticate.ts'
import {BodyReader} from './body-reader.ts'
import {limitedAddress} from './client-address.ts'
import {limitChanges, requireRate} from './rate-limits.ts'
import {readJson} from './read-json.ts'
import {clearSession, readSession, requireOwnPage, setSession} from './session-cookie.ts'
import {validate} from './validate.ts'

/** The demo's members. Everyone who can reach the demo can sign in as any of these members. */
export interface DemoMembers {
  list: readonly DemoMember[]
  /** Returns a token for the member with this handle. */
  mintToken(handle: string): Promise<string>
}

export interface DemoMember {
  /** A name that identifies the member. The handle does not change when the server restarts. */
  handle: string
  name: string
  role: Role
}

export interface SessionDeps extends IdentifyDeps {
  db: Database
  /** Undefined when the server is not a demo. */
  demoMembers?: DemoMembers | undefined
  rates: RateCounts
}

const maxTokenLength = 7_000
// The client that signs in is not authenticated yet, so the body of the sign-in must not cost much memory or CPU time.
const maxBodyBytes = 8 * 1024
const maxTotalBytes = 1024 * 1024 // the memory limit for all sign-ins that are being received

export const newSessionSchema = z
  .union(
    [
      z.strictObject({token: z.string().trim().min(1).max(maxTokenLength)}),
      z.strictObject({demo_member: z.string().min(1)}),
    ],
    {error: `must have a token of at most ${maxTokenLength} characters, or a demo_member`},
  )
  .meta({id: 'NewSession'})

export const demoMembersSchema = z
  .object({items: z.array(z.object({handle: z.string(), name: z.string(), role: z.enum(roles)}))})
  .meta({id: 'DemoMembers'})

export const sessionPath = '/api/v1/session'
export const demoMembersPath = '/api/v1/demo/members'

export function session(deps: SessionDeps): Router {
  const {demoMembers} = deps
  const router = new Router()
  const bodies = new BodyReader(maxTotalBytes)

  router.post(sessionPath, async ctx => {
    // Without this check, another site could choose a member, and could sign its visitors in as this member.
    requireOwnPage(ctx)
    await limitSignIns(ctx)
    const body = await readJson(ctx, bodies, {maxBytes: maxBodyBytes, isCompressible: false})
    const token = await tokenOf(validate('body', newSessionSchema, body))
    const {caller, expiresAt, claimedRole} = await identify(ctx, deps, {token})
    const {organization_id: organizationId, user_id: memberId} = caller
    // Every token has a role and an end.
    const session = {organizationId, memberId, role: claimedRole!, expiresAt: expiresAt!}
    await limitChanges(ctx, deps.rates, caller)
    setSession(ctx, await renewOrStart(ctx, session), expiresAt!)
    ctx.body = caller
  })

  router.delete(sessionPath, async ctx => {
    requireOwnPage(ctx)
    clearSession(ctx) // the browser must delete the cookie even if the session cannot be ended now
    await end(readSession(ctx))
    ctx.status = 204
  })

  router.get(demoMembersPath, ctx => {
    if (!demoMembers) throw new Problem('not-found', 'This server is not a demo.')
    ctx.body = {items: demoMembers.list}
  })

  return router

  /**
   * If the session of the cookie belongs to the member of `session` and can be renewed, renews the session of the
   * cookie. The open streams of a renewed session continue. Otherwise ends the session of the cookie, and starts a new
   * session. Returns the secret of the session.
   */
  async function renewOrStart(ctx: Context, session: NewSession): Promise<string> {
    const current = readSession(ctx)
    const renewed = current && (await renewSession(deps.db, current, session))
    if (!renewed) await end(current)
    const {secret, appended} = renewed || (await startSession(deps.db, session))
    if (appended) deps.publish(session.organizationId, appended)
    return secret
  }

  async function end(secret: string | undefined): Promise<void> {
    const ended = secret && (await endSession(deps.db, secret))
    if (ended) deps.publish(ended.organizationId, ended.appended)
  }

  /** Call this function before the body is read, so that a rejected request costs little. */
  async function limitSignIns(ctx: Context): Promise<void> {
    deps.refusals.requireAllowed(ctx)
    const address = limitedAddress(ctx)
    if (address) await requireRate(ctx, deps.rates, 'signInsPerAddress', address)
  }

  async function tokenOf(session: z.output<typeof newSessionSchema>): Promise<string> {
    if ('token' in session) return session.token
    const isKnown = demoMembers?.list.some(({handle}) => handle === session.demo_member)
    if (isKnown) return demoMembers!.mintToken(session.demo_member)
    throw new Problem(
      'member-not-found',
      'This server has no such demo member; GET /demo/members lists the members of a demo.',
    )
  }
}
