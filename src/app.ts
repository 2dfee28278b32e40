/** Creates the Koa app. For each request, the middleware functions run in the order of the calls of `use` below. */
import {METHODS} from 'node:http'
import cors from '@koa/cors'
import Router from '@koa/router'
import Koa, {type Middleware} from 'koa'
import type {Logger} from 'pino'
import type {Quotas} from './board/quotas.ts'
import {api} from './http/api.ts'
import {authenticate} from './http/authenticate.ts'
import {limitedAddress, warnAboutProxy} from './http/client-address.ts'
import type {Publish} from './http/commit-and-publish.ts'
import {contractFile} from './http/contract-file.ts'
import {requireLoopbackHost} from './http/demo-host.ts'
import {DivergenceReports} from './http/divergence-reports.ts'
import {type DocsFiles, docsFiles} from './http/docs-files.ts'
import {githubHook} from './http/github.ts'
import {health} from './http/health.ts'
import {type MetricsAccess, metrics} from './http/metrics.ts'
import {missingPage, type PageFiles, pageFiles} from './http/page-files.ts'
import {respondWithProblems} from './http/problems.ts'
import {RefusalLimit} from './http/refusal-limit.ts'
import {countRequests, RequestCounts} from './http/request-counts.ts'
import {logRequests} from './http/request-log.ts'
import {requireHost} from './http/require-host.ts'
import {type DemoMembers, session} from './http/session.ts'
import {streams} from './http/streams.ts'
import type {Identity} from './identity/identity.ts'
import {noRateLimits, type RateCounts} from './limits/rate-counts.ts'
import type {Live} from './live/live.ts'
import type {Database} from './store/connection.ts'
import type {SecretBox} from './store/secret-box.ts'

export interface AppDeps {
  db: Database
  identity: Identity
  live: Live
  publish: Publish
  log: Logger
  /** Whether the process has been asked to stop. When the function returns true, `/readyz` fails. Default: never. */
  isStopping?: (() => boolean) | undefined
  /** Default: no limits. */
  rates?: RateCounts | undefined
  /** The number of proxies in front of the server. The server trusts `X-Forwarded-For` of these proxies. Default 0. */
  trustProxy?: number | undefined
  /** Origins whose pages can call the API from a browser, such as `https://board.example`. */
  corsOrigins: readonly string[]
  /** Whether the server is a demo. A demo accepts only requests to loopback hosts, and ignores `corsOrigins`. */
  demo: boolean
  /** Whether streams accept `?token=` and `?api_key=`. Default true. */
  queryTokens?: boolean | undefined
  /** The members that visitors can sign in as. Undefined when `demo` is false. */
  demoMembers?: DemoMembers | undefined
  /** The limits on what each organization stores, and on what one request contains. */
  quotas: Quotas
  /** Encrypts webhook secrets. Undefined when there is no SECRETS_KEY. */
  secrets?: SecretBox | undefined
  /** The content of `openapi.yaml`. When undefined, the server does not serve this file. */
  contract?: Buffer | undefined
  /** Counts the requests for the metrics. Default: nobody reads the counts. */
  counts?: RequestCounts | undefined
  /** Counts the reports of wrong boards. Default: nobody reads the count. */
  divergences?: DivergenceReports | undefined
  /** Who may read the metrics. When undefined, the server does not serve `/metrics`. */
  metrics?: MetricsAccess | undefined
  /** The files of the page. Undefined when the page has not been built. */
  page?: PageFiles | undefined
  /** The files of the documentation. Undefined when it has not been built. */
  docs?: DocsFiles | undefined
}

// Error codes for clients that disconnected, were too slow, or sent invalid HTTP.
const clientErrorCodes =
  /^(ECONNRESET|EPIPE|ERR_HTTP_REQUEST_TIMEOUT|ERR_HTTP2_STREAM_ERROR|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/

export function createApp(deps: AppDeps): Koa {
  const {log, corsOrigins, demo, trustProxy = 0, rates = noRateLimits, queryTokens = true} = deps
  const {counts = new RequestCounts(), divergences = new DivergenceReports(log)} = deps
  const app = new Koa({proxy: trustProxy > 0, maxIpsCount: trustProxy})
  // This listener replaces Koa's error output. For a client error, only the error code is logged. Node's parse errors
  // contain the received bytes, and these bytes can include the credentials of earlier requests.
  app.on('error', err => {
    if (clientErrorCodes.test(err.code)) log.debug({code: err.code}, 'response aborted')
    else log.error({err}, 'response aborted')
  })

  const refusals = new RefusalLimit({rates, name: 'refusalsPerAddress', keyOf: limitedAddress})
  const limited = {...deps, rates, refusals, counts, divergences}
  const {
    guard,
    openExact,
    routes: streamRoutes,
  } = streams({
    live: deps.live,
    authenticate: authenticate(limited, {inQuery: queryTokens ? 'all' : 'tickets'}),
    rates,
    publish: deps.publish,
    maxFilterValues: deps.quotas.MAX_FILTER_VALUES,
  })
  app.use(rememberAddress)
  app.use(guard)
  app.use(logRequests(log))
  app.use(countRequests(counts))
  if (trustProxy === 0) app.use(warnAboutProxy(log))
  app.use(setDefaultHeaders())
  app.use(respondWithProblems())
  app.use(requireHost())
  if (demo) app.use(requireLoopbackHost())
  else if (corsOrigins.length > 0) app.use(allowOrigins(corsOrigins))
  app.use(openExact)

  // The router is created with every HTTP method that Node can parse. Therefore, the router responds to an unsupported
  // method with status 405 instead of 501.
  const router = new Router({methods: METHODS})
  router.use(health(deps).routes())
  if (deps.metrics) router.use(metrics(deps.metrics, refusals).routes())
  router.use(streamRoutes.routes())
  router.use(githubHook(limited).routes())
  router.use(session(limited).routes())
  router.use(api(limited).routes())
  if (deps.contract) router.use(contractFile(deps.contract).routes())
  if (deps.docs) router.use(docsFiles(deps.docs).routes())
  router.use(pageFiles(deps.page).routes())
  app.use(missingPage(deps.page))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** Koa caches the address of the client. After the connection has ended, the address is unknown. */
const rememberAddress: Middleware = (ctx, next) => {
  void ctx.ip
  return next()
}

/** Sets the default headers of every response that is not a stream. A stream writes its own headers. */
function setDefaultHeaders(): Middleware {
  return async (ctx, next) => {
    await next()
    if (ctx.respond === false) return
    ctx.set('X-Content-Type-Options', 'nosniff')
    if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'no-store')
  }
}

function allowOrigins(origins: readonly string[]): Middleware {
  return cors({
    origin(ctx) {
      const origin = ctx.get('Origin')
      return origins.includes(origin) ? origin : ''
    },
    allowHeaders: [
      'Authorization',
      'X-API-Key',
      'Content-Type',
      'If-Match',
      'If-None-Match',
      'Idempotency-Key',
      'Last-Event-ID',
      'X-Request-Id',
      'X-Trace-Events',
      'traceparent',
      'tracestate',
    ],
    exposeHeaders: [
      'Event-Id',
      'ETag',
      'Location',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Request-Id',
    ],
    maxAge: 600, // how many seconds a browser can cache the preflight response
  })
}
