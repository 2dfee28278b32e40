/** Signing in and out of the page: a token, or a member of the demo, becomes a cookie. */
import Router from '@koa/router'
import {decodeJwt} from 'jose'
import {z} from 'zod'
import {type Role, roles} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Identity} from '../identity/identity.ts'
import type {Live} from '../live/live.ts'
import {readJson} from './read-json.ts'
import {clearSession, requireOwnPage, setSession} from './session-cookie.ts'
import {validate} from './validate.ts'

/** Members of a demo, whom anybody may be. */
export interface DemoMembers {
  list: readonly DemoMember[]
  /** A token of the one with this handle. */
  mintToken(handle: string): Promise<string>
}

/** `handle` is the same at every start. */
export interface DemoMember {
  handle: string
  name: string
  role: Role
}

export interface SessionDeps {
  identity: Identity
  live: Live
  /** Absent where this is no demo. */
  demoMembers?: DemoMembers | undefined
}

// [spec] RFC 6265, section 6.1: browsers keep 4,096 bytes of a cookie, its name and attributes among them.
const longestToken = 3_800

export const newSessionSchema = z
  .union(
    [
      z.strictObject({token: z.string().trim().min(1).max(longestToken)}),
      z.strictObject({demo_member: z.string().min(1)}),
    ],
    {error: `Must have a token, of ${longestToken} characters at the most, or a demo_member`},
  )
  .meta({id: 'NewSession'})

export const demoMembersSchema = z
  .object({items: z.array(z.object({handle: z.string(), name: z.string(), role: z.enum(roles)}))})
  .meta({id: 'DemoMembers'})

export const sessionPath = '/api/v1/session'
export const demoMembersPath = '/api/v1/demo/members'

export function session({identity, live, demoMembers}: SessionDeps): Router {
  const router = new Router()

  router.post(sessionPath, async ctx => {
    // Nobody's page but ours shall say who its viewer is.
    requireOwnPage(ctx)
    const token = await tokenOf(validate('body', newSessionSchema, await readJson(ctx)))
    const {caller, appended} = await identity.authenticate({token})
    if (appended) live.publish(caller.organization_id, appended)
    // It was found genuine, and every genuine token says when it ends.
    setSession(ctx, token, decodeJwt(token).exp! * 1000)
    ctx.body = caller
  })

  router.delete(sessionPath, ctx => {
    requireOwnPage(ctx)
    clearSession(ctx)
    ctx.status = 204
  })

  router.get(demoMembersPath, ctx => {
    if (!demoMembers) throw new Problem('not-found', 'This server is no demo.')
    ctx.body = {items: demoMembers.list}
  })

  return router

  async function tokenOf(asked: z.output<typeof newSessionSchema>): Promise<string> {
    if ('token' in asked) return asked.token
    const isKnown = demoMembers?.list.some(({handle}) => handle === asked.demo_member)
    if (isKnown) return demoMembers!.mintToken(asked.demo_member)
    throw new Problem(
      'member-not-found',
      'There is no such member of a demo here; GET /demo/members lists them.',
    )
  }
}
