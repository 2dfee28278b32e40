/** Finds the address of the client for limits per address. */
import type {Context, Middleware} from 'koa'
import type {Logger} from 'pino'
import {addressKey, isPrivateAddress} from '../limits/addresses.ts'

/**
 * Returns the key of the client's address. When TRUST_PROXY is set and the request has `X-Forwarded-For`, Koa reads the
 * address from this header. Otherwise, the client's address is the address of the peer. Returns undefined when the
 * address of the peer is used and is private, because the peer may be a proxy, and then all clients of the proxy would
 * share one limit.
 */
export function limitedAddress({ip, ips}: Pick<Context, 'ip' | 'ips'>): string | undefined {
  return ips.length === 0 && isPrivateAddress(ip) ? undefined : addressKey(ip)
}

/** Logs a warning at the first request that has `X-Forwarded-For`. The middleware is for servers with TRUST_PROXY 0. */
export function warnAboutProxy(log: Logger): Middleware {
  let isReported = false
  return (ctx, next) => {
    if (!isReported && ctx.headers['x-forwarded-for'] !== undefined) {
      isReported = true
      log.warn(
        {peer: ctx.ip},
        'a request has X-Forwarded-For, but TRUST_PROXY is 0; the limits per address apply to the proxy, not to its clients',
      )
    }
    return next()
  }
}
