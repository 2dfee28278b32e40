/** Streams: which events a request wants, from where, in which framing. The engine in `live/` does the rest. */
import type {Socket} from 'node:net'
import Router from '@koa/router'
import type {Context, Middleware} from 'koa'
import {z} from 'zod'
import {eventTypes, type Topic, topics} from '../board/events.ts'
import {id} from '../board/fields.ts'
import type {Caller} from '../board/member.ts'
import {StreamConnection} from '../live/connection.ts'
import type {Live} from '../live/live.ts'
import {problemTable, toProblem} from './problems.ts'
import {inTurns} from './turns.ts'
import {validate} from './validate.ts'

const prefix = '/api/v1/events'

const ids = z.array(id).min(1).optional()

/** Parameters of a stream. An id may repeat; `types` is a comma list. Anything else is refused. */
export const streamQuery = z.strictObject({
  project_id: ids,
  sprint_id: ids,
  story_id: ids,
  task_id: ids,
  types: commaList(eventTypes).optional(),
  framing: z.enum(['event', 'message']).default('event'),
  lastEventId: z.string().optional(),
})

/** Several topics on one connection. */
export const combinedStreamQuery = streamQuery.extend({
  topics: commaList(topics)
    .default([...topics])
    .meta({description: 'Topics with commas between them; absent: all of them.'}),
})

// What an id parameter gives once or many times is a list; credentials are another middleware's.
const lists = ['project_id', 'sprint_id', 'story_id', 'task_id']
const credentials = ['token', 'api_key']

export interface StreamDeps {
  live: Live
  /** Takes credentials from the query too, for a native EventSource can set no header. */
  authenticate: Middleware
}

export interface Streams {
  /** For the whole app: nothing more is dispatched on a connection that streams. */
  guard: Middleware
  /** Opens streams whose path is given to the letter, without asking the router: ten thousand may come at once. */
  admit: Middleware
  /** Everything else about these paths: other spellings, other methods. */
  routes: Router
}

export function streams(deps: StreamDeps): Streams {
  const routes = new Router({prefix})
  const byPath = new Map<string, Middleware>()
  const path = (path: string, readRequest: ReadRequest) => {
    const open = openFor(deps, readRequest)
    routes.get(path || '/', open)
    byPath.set(prefix + path, open)
  }
  for (const topic of topics) {
    path(`/${topic}`, ctx => ({topics: [topic], ...validate('query', streamQuery, readQuery(ctx))}))
  }
  path('', ctx => validate('query', combinedStreamQuery, readQuery(ctx)))
  const admit: Middleware = (ctx, next) => {
    const open = ctx.method === 'GET' ? byPath.get(ctx.path) : undefined
    return open ? open(ctx, next) : next()
  }
  return {guard: oneStreamPerConnection(), admit, routes}
}

/** Who asks is known before what they ask for is looked at. */
function openFor({live, authenticate}: StreamDeps, readRequest: ReadRequest): Middleware {
  const later = comeBackLater(live)
  const open = openStream(live, readRequest)
  return ctx => later(ctx, async () => authenticate(ctx, async () => open(ctx)))
}

type ReadRequest = (ctx: Context) => z.output<typeof streamQuery> & {topics: readonly Topic[]}

function openStream(live: Live, readRequest: ReadRequest): (ctx: Context) => void {
  return ctx => {
    const {framing, lastEventId, ...selection} = readRequest(ctx)
    ctx.status = 200
    ctx.respond = false
    if (ctx.res.destroyed) return // gone while we looked who it was; there will be no second `close`
    if (ctx.method === 'HEAD') {
      StreamConnection.writeHead(ctx.res)
      ctx.res.end()
      return
    }
    const {user_id, organization_id} = ctx.state.caller as Caller
    // The header wins: a native reconnect repeats the URL of the first request.
    const start = ctx.get('Last-Event-ID') || lastEventId
    live.open(
      {
        organizationId: organization_id,
        userId: user_id,
        selection: {user_id, ...selection},
        framing,
        ...(start && {lastEventId: start}),
      },
      ctx.res,
    )
    setImmediate(forgetRequest, ctx)
  }
}

/**
 * Koa keeps the context until the response has finished: for a stream, all day. What Koa itself needs at the end
 * stays; the rest, with headers and URL, is 3 KB a stream.
 */
function forgetRequest(ctx: Context): void {
  const {req, request} = ctx
  const neededAtTheEnd = ['app', 'ctx', 'req', 'res', 'request', 'response', 'respond']
  for (const part of [ctx, request] as Record<string, unknown>[]) {
    for (const name of Object.keys(part)) if (!neededAtTheEnd.includes(name)) part[name] = undefined
  }
  req.headers = {}
  req.rawHeaders = []
  req.url = ''
  void ctx.path // parses the URL anew, so that the old one, with its token, goes
}

/** The query without credentials. Ids are lists, and so is what is given twice, which the schema then refuses. */
function readQuery(ctx: Context): Record<string, string | string[]> {
  const query = new URLSearchParams(ctx.querystring)
  const names = [...new Set(query.keys())].filter(name => !credentials.includes(name))
  return Object.fromEntries(
    names.map(name => {
      const values = query.getAll(name)
      return [name, values.length > 1 || lists.includes(name) ? values : values[0]!]
    }),
  )
}

/** [spec] EventSource gives up for good on any status but 200, so what a retry may mend is never a status. */
function comeBackLater(live: Live): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const problem = toProblem(error)
      if (problemTable[problem.code].status < 500) throw error
      ctx.state.failure = problem
      ctx.status = 200
      ctx.respond = false
      live.refuse(ctx.res, 'store', ctx.query.framing === 'message' ? 'message' : 'event')
    }
  }
}

// Each takes up to 0.3 ms in this turn and the next ones. Without the limit a live event waited for all who had
// asked at once: with 2,000 of them, a fifth of a second.
const openedPerTurn = 16

/**
 * A connection on which a stream was asked for ends with the answer. What comes behind is neither dispatched
 * nor, from then on, read: it may have been sent before anybody knew whether the stream would open.
 */
function oneStreamPerConnection(): Middleware {
  const streaming = new WeakSet<Socket>()
  const turn = inTurns(openedPerTurn)
  return async (ctx, next) => {
    const {socket} = ctx.req
    if (streaming.has(socket)) {
      ctx.respond = false
      socket.pause()
      return
    }
    const asksForStream = ctx.path.toLowerCase().startsWith(prefix) // as the router reads it
    if (asksForStream) {
      streaming.add(socket)
      await turn()
    }
    await next()
    if (asksForStream && ctx.respond !== false) ctx.set('Connection', 'close')
  }
}

function commaList<const T extends readonly [string, ...string[]]>(values: T) {
  return z
    .string({error: 'Give it once, with commas between its values'})
    .transform(list => list.split(','))
    .pipe(z.array(z.enum(values)))
}
