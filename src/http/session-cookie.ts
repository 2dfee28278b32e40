/**
 * The session cookie of the page. The cookie contains the secret of a session. Scripts cannot read the cookie, and other
 * sites cannot use the cookie.
 */
import type {Context} from 'koa'
import {Problem} from '../board/problem.ts'

// With SameSite=Strict, browsers do not send the cookie in requests that another site starts.
const attributes = {httpOnly: true, sameSite: 'strict'} as const

// [spec] RFC 6265bis, section 4.1.3.2: browsers accept a cookie with the prefix `__Host-` only from the host itself, and
// only if the cookie is Secure and has the path `/`. A page of another subdomain can therefore not replace the cookie.
const secureCookie = {
  name: '__Host-boardcast_session',
  attributes: {...attributes, path: '/', secure: true},
} as const

/** The cookie of a page that was loaded over plain HTTP. The path is /api/v1, because only the API needs the cookie. */
const plainCookie = {name: 'boardcast_session', attributes: {...attributes, path: '/api/v1'}} as const

/** Sets the cookie; `expiresAt` is in milliseconds since 1970. */
export function setSession(ctx: Context, secret: string, expiresAt: number): void {
  const {name, attributes} = isSecure(ctx) ? secureCookie : plainCookie
  ctx.cookies.secure = isSecure(ctx)
  ctx.cookies.set(name, secret, {...attributes, expires: new Date(expiresAt)})
}

export function clearSession(ctx: Context): void {
  ctx.cookies.set(plainCookie.name, null, plainCookie.attributes)
  ctx.cookies.secure = true
  ctx.cookies.set(secureCookie.name, null, secureCookie.attributes)
}

/**
 * Returns the secret in the cookie, or undefined when there is no cookie. If there is a cookie, calls `requireOwnPage`.
 * When a page was loaded over HTTPS, its requests cannot use `plainCookie`, because another subdomain may have set
 * this cookie.
 */
export function readSession(ctx: Context): string | undefined {
  const plain = ctx.cookies.get(plainCookie.name)
  const secure = ctx.cookies.get(secureCookie.name)
  if (plain || secure) requireOwnPage(ctx)
  return secure ?? (isSecure(ctx) ? undefined : plain)
}

/**
 * Throws Problem 'cross-site-request' when the request does not come from a page of this server. But a read request is
 * accepted when no page sent the request, for example when a person typed the address. A read request without the
 * header `Sec-Fetch-Site` is accepted too. The attribute SameSite of the cookie is not enough, because a server on
 * another port of this host belongs to the same site.
 */
export function requireOwnPage(ctx: Context): void {
  const site = ctx.get('Sec-Fetch-Site')
  const isRead = ['GET', 'HEAD'].includes(ctx.method)
  if (site ? site === 'same-origin' || (isRead && site === 'none') : isRead || isOwnOrigin(ctx)) return
  throw new Problem(
    'cross-site-request',
    'Only this server’s own page can use the session cookie. Programs must send Authorization: Bearer … or X-API-Key.',
  )
}

const loopback = /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i

/**
 * Returns whether the page was loaded over HTTPS. Behind a proxy that terminates TLS, only headers show whether HTTPS
 * was used. [spec] Fetch Metadata: browsers send `Sec-Fetch-Site` over HTTPS. Over plain HTTP, browsers send the header
 * only to loopback hosts.
 */
function isSecure(ctx: Context): boolean {
  if (ctx.secure || ctx.get('Origin').startsWith('https:')) return true
  return ctx.get('Sec-Fetch-Site') !== '' && !loopback.test(ctx.get('Host'))
}

/**
 * Returns whether the header `Origin` names this server. Browsers do not send Sec-Fetch-Site over plain HTTP, but they
 * send Origin with every request that can change data.
 */
function isOwnOrigin(ctx: Context): boolean {
  const origin = ctx.get('Origin')
  if (!URL.canParse(origin)) return false
  const {protocol, host} = new URL(origin)
  // The class `URL` removes the default port from both hosts, so that `board.example:443` equals `board.example`.
  const own = `${protocol}//${ctx.get('Host')}`
  return URL.canParse(own) && new URL(own).host === host
}
