/** The cookie by which a browser of the page is known: a token that no script can read and no other site can use. */
import type {Context} from 'koa'
import {Problem} from '../board/problem.ts'

const name = 'boardcast_session'
// Only the API needs it; SameSite=Strict keeps it from whatever begins at another site.
const attributes = 'Path=/api/v1; HttpOnly; SameSite=Strict'

export function setSession(ctx: Context, token: string, expiresAt: number): void {
  const seconds = Math.max(0, Math.floor((expiresAt - Date.now()) / 1000))
  // What the browser speaks to a proxy before us, only its own Origin tells.
  const isSecure = ctx.secure || ctx.get('Origin').startsWith('https:')
  ctx.append('Set-Cookie', `${name}=${token}; ${attributes}; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`)
}

export function clearSession(ctx: Context): void {
  ctx.append('Set-Cookie', `${name}=; ${attributes}; Max-Age=0`)
}

/** The token, undefined where there is none. Throws Problem 'cross-site-request' for one that another site uses. */
export function readSession(ctx: Context): string | undefined {
  const token = new RegExp(`(?:^|;) *${name}=([\\w.-]+)`).exec(ctx.get('Cookie'))?.[1]
  if (token) requireOwnPage(ctx)
  return token
}

/**
 * Throws Problem 'cross-site-request' unless a page of this server asks, or, where nothing is changed, nobody's page.
 * Another port of this machine is the same site, so that SameSite alone would let it in.
 */
export function requireOwnPage(ctx: Context): void {
  const site = ctx.get('Sec-Fetch-Site')
  const isReading = ['GET', 'HEAD'].includes(ctx.method)
  if (site ? site === 'same-origin' || (isReading && site === 'none') : isReading || isOwnOrigin(ctx)) return
  const remedy = 'programs send Authorization: Bearer … or X-API-Key'
  throw new Problem('cross-site-request', `Only this server’s own page may use its cookie; ${remedy}.`)
}

/** Browsers send no Sec-Fetch-Site over plain HTTP, but for a change always the Origin. */
function isOwnOrigin(ctx: Context): boolean {
  const origin = ctx.get('Origin')
  if (!URL.canParse(origin)) return false
  const {protocol, host} = new URL(origin)
  // Parsed in the same way, so that a port that goes without saying may be said.
  const own = `${protocol}//${ctx.get('Host')}`
  return URL.canParse(own) && new URL(own).host === host
}
