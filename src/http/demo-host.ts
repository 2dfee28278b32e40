import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

// A proxy on this machine may set Host to a loopback name, although the clients of the proxy are on other machines.
// Most proxies add one of the headers in `proxyHeaders`.
const proxyHeaders = [
  'Forwarded',
  'Via',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Real-IP',
]

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Rejects requests whose host name is not a loopback name, and requests through a proxy. The check of the host name
 * prevents DNS rebinding, an attack in which the host name of another site resolves to 127.0.0.1. Without this check, a
 * page of the other site could sign in, because the demo requires no credentials.
 */
export function requireLoopbackHost(): Middleware {
  return async (ctx, next) => {
    const proxyHeader = proxyHeaders.find(name => ctx.get(name))
    if (proxyHeader) {
      const detail = `The demo accepts no requests through a proxy, and this request has the header ${proxyHeader}.`
      throw new Problem('host-not-allowed', detail)
    }
    if (loopback.test(ctx.get('Host'))) return next()
    throw new Problem('host-not-allowed', 'The demo accepts only requests to localhost, 127.0.0.1 and [::1].')
  }
}
