/** The Koa app. The order of its middleware is the architecture. */
import {METHODS} from 'node:http'
import cors from '@koa/cors'
import Router from '@koa/router'
import Koa, {type Middleware} from 'koa'
import type {Logger} from 'pino'
import {api} from './http/api.ts'
import {authenticate} from './http/authenticate.ts'
import {requireLoopbackHost} from './http/demo-host.ts'
import {githubHook} from './http/github.ts'
import {health} from './http/health.ts'
import {type PageFiles, pageFiles} from './http/page-files.ts'
import {respondWithProblems} from './http/problems.ts'
import {logRequests} from './http/request-log.ts'
import {type DemoMembers, session} from './http/session.ts'
import {streams} from './http/streams.ts'
import type {Identity} from './identity/identity.ts'
import type {Live} from './live/live.ts'
import type {Database} from './store/connection.ts'
import type {SecretBox} from './store/secret-box.ts'

export interface AppDeps {
  db: Database
  identity: Identity
  live: Live
  log: Logger
  /** Origins whose pages may call the API from a browser, as in `https://board.example`. */
  corsOrigins: readonly string[]
  /** Answers to loopback names only, and to pages of no other origin. */
  demo: boolean
  /** Whom one may sign in as with one click; absent where this is no demo. */
  demoMembers?: DemoMembers | undefined
  /** Absent: there is no SECRETS_KEY. */
  secrets?: SecretBox | undefined
  /** Absent: it has not been built. */
  page?: PageFiles | undefined
}

// It hung up, took too long, or sent what is no HTTP.
const clientsFault = /^(ECONNRESET|EPIPE|ERR_HTTP_REQUEST_TIMEOUT|HPE_\w+)$/

export function createApp(deps: AppDeps): Koa {
  const {log, corsOrigins, demo} = deps
  const app = new Koa()
  // Instead of Koa's own printing. Of a client's fault only the code is logged: what Node's parser refuses it keeps in
  // the error byte for byte, with the credentials of the requests before it.
  app.on('error', err => {
    if (clientsFault.test(err.code)) log.debug({code: err.code}, 'answer broken off')
    else log.error({err}, 'answer broken off')
  })

  const {
    guard,
    admit,
    routes: streamRoutes,
  } = streams({
    live: deps.live,
    authenticate: authenticate(deps, {inQuery: true}),
  })
  app.use(guard)
  app.use(logRequests(log))
  app.use(setDefaults())
  app.use(respondWithProblems())
  if (demo) app.use(requireLoopbackHost())
  else if (corsOrigins.length > 0) app.use(allowOrigins(corsOrigins))
  app.use(admit)

  // All methods that Node lets in are known, so that one that a path does not have is a 405, never a 501.
  const router = new Router({methods: METHODS})
  router.use(health(deps).routes())
  router.use(streamRoutes.routes())
  router.use(githubHook(deps).routes())
  router.use(session(deps).routes())
  router.use(api(deps).routes())
  router.use(pageFiles(deps.page).routes())
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** Headers that every answer has unless its route set its own; a stream has sent its head already. */
function setDefaults(): Middleware {
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
      'Idempotency-Key',
      'Last-Event-ID',
    ],
    exposeHeaders: ['Event-Id', 'ETag', 'Location'],
    maxAge: 600, // seconds that a browser may remember the answer to its preflight
  })
}
