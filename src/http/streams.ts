/** Streams: which events a request wants, from where, in which framing. The engine in `live/` does the rest. */
import type {Socket} from 'node:net'
import Router from '@koa/router'
import type {Context, Middleware} from 'koa'
import {z} from 'zod'
import {eventTypes, type Topic} from '../board/events.ts'
import {id} from '../board/fields.ts'
import type {Caller} from '../board/member.ts'
import {Problem, type ProblemCode} from '../board/problem.ts'
import {StreamConnection} from '../live/connection.ts'
import type {Live} from '../live/live.ts'
import {isStoreOutage} from './store-outage.ts'
import {validate} from './validate.ts'

const ids = z.array(id).min(1).optional()

/** Parameters of a stream. An id may repeat; `types` is a comma list. Anything else is refused. */
export const streamQuery = z.strictObject({
  project_id: ids,
  sprint_id: ids,
  story_id: ids,
  task_id: ids,
  types: z
    .string()
    .transform(list => list.split(','))
    .pipe(z.array(z.enum(eventTypes)))
    .optional(),
  framing: z.enum(['event', 'message']).default('event'),
  lastEventId: z.string().optional(),
})

// What an id parameter gives once or many times is a list; credentials are another middleware's.
const lists = ['project_id', 'sprint_id', 'story_id', 'task_id']
const credentials = ['token', 'api_key']

export interface StreamDeps {
  live: Live
  /** Takes credentials from the query too, for a native EventSource can set no header. */
  authenticate: Middleware
}

/** The routes, and a guard for the whole app: nothing more is dispatched on a connection that streams. */
export function streams({live, authenticate}: StreamDeps): {routes: Router; guard: Middleware} {
  const streaming = new WeakSet<Socket>()
  const routes = new Router({prefix: '/api/v1'})
  routes.get('/events/tasks', comeBackLater(live), authenticate, openStream(live, streaming, ['tasks']))
  return {routes, guard: ignorePipelined(streaming)}
}

function openStream(live: Live, streaming: WeakSet<Socket>, topics: readonly Topic[]): Middleware {
  return ctx => {
    const {framing, lastEventId, ...selection} = readQuery(ctx)
    ctx.respond = false
    if (ctx.method === 'HEAD') {
      StreamConnection.writeHead(ctx.res)
      ctx.res.end()
      return
    }
    streaming.add(ctx.req.socket)
    const {user_id, organization_id} = ctx.state.caller as Caller
    // The header wins: a native reconnect repeats the URL of the first request.
    const start = ctx.get('Last-Event-ID') || lastEventId
    live.open(
      {
        organizationId: organization_id,
        userId: user_id,
        selection: {topics, user_id, ...selection},
        framing,
        ...(start && {lastEventId: start}),
      },
      ctx.res,
    )
  }
}

function readQuery(ctx: Context) {
  const given = new Map<string, string | string[]>()
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (credentials.includes(name)) continue
    if (!lists.includes(name)) given.set(name, value)
    else given.set(name, [...(given.get(name) ?? []), value])
  }
  return validate('query', streamQuery, Object.fromEntries(given))
}

/** [spec] EventSource gives up for good on any status but 200, so what a retry can mend is never a status. */
function comeBackLater(live: Live): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!isMendableByRetry(error)) throw error
      ctx.respond = false
      live.refuse(ctx.res, 'store', ctx.query.framing === 'message' ? 'message' : 'event')
    }
  }
}

function isMendableByRetry(error: unknown): boolean {
  return error instanceof Problem ? mendableByRetry.includes(error.code) : isStoreOutage(error)
}

const mendableByRetry: ProblemCode[] = ['store-unavailable', 'store-busy', 'identity-unavailable']

/** What comes behind a stream request on its connection is neither dispatched nor, from then on, read. */
function ignorePipelined(streaming: WeakSet<Socket>): Middleware {
  return async (ctx, next) => {
    if (!streaming.has(ctx.req.socket)) return next()
    ctx.respond = false
    ctx.req.socket.pause()
  }
}
