/**
 * Opens streams and polls: reads the selection, the start cursor and the framing of a request, and passes these values to
 * `live/`.
 */
import type {IncomingMessage} from 'node:http'
import Router from '@koa/router'
import type {Context, Middleware} from 'koa'
import {z} from 'zod'
import {eventTypes, type Topic, topics} from '../board/events.ts'
import {id} from '../board/fields.ts'
import {maxPresenceSprints} from '../board/presence.ts'
import {Problem} from '../board/problem.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {limitPerTurn} from '../limits/turns.ts'
import {StreamConnection} from '../live/connection.ts'
import {leastMs} from '../live/expiry.ts'
import type {StreamRequest} from '../live/feed.ts'
import type {DelayRange} from '../live/limits.ts'
import type {Live} from '../live/live.ts'
import {prefersJson} from './accept.ts'
import type {AuthenticatedState} from './authenticate.ts'
import type {Publish} from './commit-and-publish.ts'
import {requireFewFilters} from './filter-values.ts'
import {endedCredential, openPoll} from './polls.ts'
import {problemTable, recordProblem, toProblem} from './problems.ts'
import {requireRate} from './rate-limits.ts'
import {outcomeOf} from './request-log.ts'
import {requireSprints} from './require-sprints.ts'
import {endStreamSpan, startStreamSpan} from './trace-change.ts'
import {validate} from './validate.ts'

const prefix = '/api/v1/events'

const ids = z.array(id).min(1).optional()

const maxWaitSeconds = 55 // many proxies and load balancers end a request after 60 s without a response
const defaultWaitSeconds = 25
const waitSeconds = z.preprocess(
  text => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text),
  z.number({error: 'must be a single whole number'}).int().min(0).max(maxWaitSeconds),
)

/** The parameters of a stream. A parameter with ids may be repeated. The values of `types` are separated by commas. */
export const streamQuery = z.strictObject({
  project_id: ids.meta({
    description: 'Only events of this project. To select several projects, repeat the parameter.',
  }),
  sprint_id: ids.meta({
    description:
      'Only events of this sprint. To select several sprints, repeat the parameter. An event that moves a story or a task is an event of both sprints.',
  }),
  story_id: ids.meta({
    description:
      'Only events of this story. To select several stories, repeat the parameter. An event that moves a task to another story is an event of both stories.',
  }),
  task_id: ids.meta({
    description: 'Only events of this task. To select several tasks, repeat the parameter.',
  }),
  types: commaList(eventTypes)
    .optional()
    .meta({
      description: 'Only events of these types. Commas separate the types. Default: all types.',
      param: {example: 'ownership_taken,ownership_released'},
    }),
  presence: z
    .enum(['true', 'false'])
    .transform(value => value === 'true')
    .optional()
    .meta({
      description: `With \`true\`, the stream shows who has the boards of its sprints open, and the caller is shown to the other streams with \`presence=true\`. The stream must have at least one and at most ${maxPresenceSprints} values of \`sprint_id\`. Default: \`false\`.`,
    }),
  framing: z.enum(['event', 'message']).default('event').meta({
    description:
      'With `message`, the blocks have no `event` field, so that one `onmessage` listener receives every event.',
  }),
  lastEventId: z.string().optional().meta({
    description:
      'The cursor from which to resume, for clients that cannot set the header `Last-Event-ID`. The header takes precedence.',
  }),
  wait: waitSeconds.optional().meta({
    description: `Only for a poll: the maximum number of seconds that the server waits for an event. Default: ${defaultWaitSeconds}.`,
  }),
})

/** The parameters of a stream with several topics. */
export const combinedStreamQuery = streamQuery.extend({
  topics: commaList(topics, [...topics]).meta({
    description: 'Topics, separated by commas. Default: all topics.',
    param: {example: 'tasks,user'},
  }),
})

/** The parameters of a stream whose selection is stored with a ticket. */
const ticketStreamQuery = streamQuery.pick({framing: true, lastEventId: true, wait: true})

const idParameters = ['project_id', 'sprint_id', 'story_id', 'task_id']
const credentialParameters = ['token', 'api_key', 'ticket']

export interface StreamDeps {
  live: Live
  /** The maximum number of ids and types in the filters of one stream. */
  maxFilterValues: number
  /** This middleware must also accept credentials in the query, because EventSource in browsers cannot set headers. */
  authenticate: Middleware
  rates: RateCounts
  publish: Publish
}

export interface StreamMiddleware {
  /** Must run before all other middleware. */
  guard: Middleware
  /**
   * Opens a stream when the request has the exact path of a stream and the method GET. Skips the router to save time,
   * because ten thousand clients may reconnect at the same time.
   */
  openExact: Middleware
  /** Handles all other requests for streams, such as requests with upper case in the path or with the method HEAD. */
  routes: Router
}

export function streams(deps: StreamDeps): StreamMiddleware {
  const routes = new Router({prefix})
  const byPath = new Map<string, Middleware>()
  const addPath = (path: string, readRequest: ReadRequest) => {
    const open = openFor(deps, readRequest)
    routes.get(path || '/', open)
    byPath.set(prefix + path, open)
  }
  for (const topic of topics) {
    addPath(`/${topic}`, ctx => {
      if (ctx.state.ticket) throw new Problem('invalid-request', `A ticket opens only the stream ${prefix}.`)
      return {topics: [topic], ...validate('query', streamQuery, readQuery(ctx))}
    })
  }
  addPath('', ctx => {
    const {ticket} = ctx.state as AuthenticatedState
    if (ticket) return {...ticket.selection, ...readQueryOfTicket(ctx)}
    return validate('query', combinedStreamQuery, readQuery(ctx))
  })
  const openExact: Middleware = (ctx, next) => {
    const open = ctx.method === 'GET' ? byPath.get(ctx.path) : undefined
    if (!open) return next()
    ctx.state.route = ctx.path
    return open(ctx, next)
  }
  return {guard: spreadOverTurns(), openExact, routes}
}

/** Authenticates first, so that a request without valid credentials gets status 401 even when its query is invalid. */
function openFor(
  {live, authenticate, rates, publish, maxFilterValues}: StreamDeps,
  readRequest: ReadRequest,
): Middleware {
  const retryLater = reportOutages(live)
  const limitAndOpen = async (ctx: Context) => {
    // Reads have no limit per minute, and a poll costs as little as a read. If polls counted, a few busy boards behind a
    // buffering proxy would use up the limit of the member. A poll with a ticket counts, because the ticket is written.
    if (!isPoll(ctx) || ctx.state.ticket)
      await requireRate(ctx, rates, 'streamOpensPerUser', ctx.state.caller.user_id)
    const request = readRequest(ctx)
    if (request.wait !== undefined && !isPoll(ctx)) {
      throw new Problem(
        'invalid-request',
        'The parameter wait is only for a poll. To poll, send Accept: application/json.',
      )
    }
    requireFewFilters(request, maxFilterValues)
    requireSprints(request)
    requireTimeLeft(ctx.state as AuthenticatedState)
    // When this request opens no stream, the previous stream of the ticket must continue.
    const opensNone = ctx.method === 'HEAD' || live.isDraining || isGone(ctx)
    if (ctx.state.ticket && !opensNone) await applyTicket(ctx, publish)
    openStream(live, ctx, request)
  }
  return ctx => retryLater(ctx, async () => authenticate(ctx, async () => limitAndOpen(ctx)))
}

/**
 * Throws the Problem of an expired credential when the credential has ended or ends within `leastMs`. Requests with an
 * expired token are accepted for some seconds, because clocks differ. A stream with an expired token would end at once,
 * and EventSource would reconnect again and again.
 */
function requireTimeLeft({expiresAt, grant, ticket}: AuthenticatedState): void {
  if (expiresAt === undefined || expiresAt - Date.now() >= leastMs) return
  throw endedCredential('expired', grant, ticket !== undefined)
}

/** Ends the previous stream of the ticket, even if another process serves this stream. */
async function applyTicket({state}: Context, publish: Publish): Promise<void> {
  const {ticket, caller} = state as AuthenticatedState
  const {grant, expiresAt, appended} = await ticket!.use()
  if (appended) publish(caller.organization_id, appended)
  state.grant = grant
  state.expiresAt = expiresAt
}

type ReadStream = z.output<typeof streamQuery> & {topics: readonly Topic[]}
type ReadRequest = (ctx: Context) => ReadStream

function openStream(live: Live, ctx: Context, request: ReadStream): void {
  ctx.status = 200
  ctx.respond = false
  // If the client disconnected during authentication, the response emits no more `close` events. A stream on this
  // response would therefore never end.
  if (isGone(ctx)) return
  if (ctx.method !== 'HEAD') traceStream(ctx, request)
  if (isPoll(ctx)) openPoll(live, ctx, streamRequest(ctx, request), request.wait ?? defaultWaitSeconds)
  else if (ctx.method === 'HEAD') {
    StreamConnection.writeHead(ctx.res)
    ctx.res.end()
    return
  } else {
    const outcome = outcomeOf(ctx)
    ctx.req.socket.setTimeout(0) // `StreamConnection` watches the connection of a stream
    live.open(streamRequest(ctx, request), ctx.res, reason => {
      outcome.code = reason
    })
  }
  setImmediate(forgetRequest, ctx)
}

/** Records the span of the stream until the stream ends. */
function traceStream(ctx: Context, {framing: _, lastEventId: __, wait: ___, ...selection}: ReadStream): void {
  const span = startStreamSpan(ctx, isPoll(ctx) ? 'poll' : 'stream', selection)
  if (!span) return
  const outcome = outcomeOf(ctx)
  outcome.onEnded = () => endStreamSpan(span, outcome)
}

function streamRequest(
  ctx: Context,
  {framing, lastEventId, wait: _, ...selection}: ReadStream,
): StreamRequest {
  const {caller, grant, expiresAt} = ctx.state as AuthenticatedState
  const {user_id, organization_id, name} = caller
  // The header `Last-Event-ID` takes precedence over the parameter `lastEventId`. When EventSource reconnects, its
  // URL still contains the first cursor, but the header contains the latest cursor.
  const start = ctx.get('Last-Event-ID') || lastEventId
  return {
    organizationId: organization_id,
    userId: user_id,
    selection: {user_id, ...selection},
    framing,
    ...(selection.presence && {userName: name}),
    grant,
    ...(expiresAt !== undefined && {expiresAt}),
    ...(start && {lastEventId: start}),
    report: outcomeOf(ctx),
  }
}

/** Whether the client requests a poll instead of a stream. */
function isPoll({req}: Context): boolean {
  return prefersJson(req.headers.accept)
}

/** Whether the client has disconnected. */
function isGone({req, res}: Context): boolean {
  return res.destroyed || req.socket.destroyed
}

/**
 * Frees memory that Koa would otherwise free only after the end of the response. The headers, the URL and the cached
 * properties of the request take 3 KB per stream. The properties that Koa uses at the end of the response are not
 * removed.
 */
function forgetRequest(ctx: Context): void {
  const {req, request} = ctx
  const usedAtTheEnd = ['app', 'ctx', 'req', 'res', 'request', 'response', 'respond']
  for (const part of [ctx, request] as Record<string, unknown>[]) {
    for (const name of Object.keys(part)) if (!usedAtTheEnd.includes(name)) part[name] = undefined
  }
  if (req.httpVersionMajor === 1) {
    req.headers = {}
    req.rawHeaders = []
  }
  req.url = ''
  void ctx.path // reading `ctx.path` replaces the cached URL, which contains the token
}

/** Throws Problem 'invalid-request' when the query has a parameter that would change the selection of the ticket. */
function readQueryOfTicket(ctx: Context): z.output<typeof ticketStreamQuery> {
  const query = readQuery(ctx)
  const permitted = Object.keys(ticketStreamQuery.shape)
  const others = Object.keys(query).filter(name => !permitted.includes(name))
  if (others.length === 0) return validate('query', ticketStreamQuery, query)
  throw new Problem(
    'invalid-request',
    `The ticket contains the selection of the stream. The only other permitted parameters are ${permitted.join(', ')}. Remove ${others.join(', ')}.`,
  )
}

/**
 * Returns the query without credentials. Throws Problem 'invalid-request' when the query has a ticket, but the request
 * was authenticated with another credential. In this case, the client probably expects the selection of the ticket. The
 * value of a parameter with ids is always a list. If any other parameter is repeated, its value is a list too, and the
 * schema rejects the request.
 */
function readQuery(ctx: Context): Record<string, string | string[]> {
  const query = new URLSearchParams(ctx.querystring)
  if (query.has('ticket') && !ctx.state.ticket) {
    throw new Problem('invalid-request', 'Send the parameter ticket without another credential.')
  }
  const names = [...new Set(query.keys())].filter(name => !credentialParameters.includes(name))
  return Object.fromEntries(
    names.map(name => {
      const values = query.getAll(name)
      return [name, values.length > 1 || idParameters.includes(name) ? values : values[0]!]
    }),
  )
}

/**
 * When a failure is temporary, responds to a request for a stream with status 200 and the event `stream.unavailable`.
 * [spec] EventSource reconnects only after status 200.
 */
function reportOutages(live: Live): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const problem = toProblem(error)
      const isRateLimited = problem.code === 'rate-limited'
      if (isPoll(ctx) || (problemTable[problem.code].status < 500 && !isRateLimited)) throw error
      const outcome = recordProblem(ctx, problem)
      if (!isRateLimited) outcome.failure = problem
      ctx.status = 200
      ctx.respond = false
      const reason = isRateLimited ? 'rate-limited' : 'store'
      const retry = isRateLimited ? retryAfter(problem) : undefined
      live.refuse(ctx.res, reason, ctx.query.framing === 'message' ? 'message' : 'event', retry)
    }
  }
}

// Without jitter, all streams of a member would reconnect at the moment when the rate limit is reset.
const maxJitterMs = 5_000

/** Returns the range of the `retry:` delay. After such a delay, the rate limit no longer rejects the client. */
function retryAfter({data}: Problem): DelayRange {
  const minMs = Number(data.retry_after_seconds) * 1_000
  return {minMs, maxMs: minMs + maxJitterMs}
}

// The maximum number of streams that open in one turn of the event loop. The work to open one stream takes up to
// 0.3 ms. Some of this work is done in later turns. Without this maximum, live events would wait until all requested
// streams are open. When 2,000 streams are requested together, live events would wait 0.2 s.
const openedPerTurn = 16

/**
 * Whether the request is for a stream. The server closes the connection after the response to such a request, even if
 * no stream opens.
 */
export function isStreamRequest(req: IncomingMessage): boolean {
  return isStreamPath(req) && !prefersJson(req.headers.accept)
}

/** Whether the request is for a stream or a poll. */
function isStreamPath({method = '', url = ''}: IncomingMessage): boolean {
  if (!['GET', 'HEAD'].includes(method)) return false
  // [spec] RFC 9112, section 3.2.2: a server must also accept an absolute URL.
  const path = url.startsWith('/') || !URL.canParse(url) ? url : new URL(url).pathname
  return path.slice(0, prefix.length).toLowerCase() === prefix // the router also accepts upper-case letters
}

/** Opens a limited number of streams in each turn of the event loop. */
function spreadOverTurns(): Middleware {
  const waitForTurn = limitPerTurn(openedPerTurn)
  return async (ctx, next) => {
    if (!isStreamPath(ctx.req)) return next()
    await waitForTurn()
    await next()
    if (ctx.respond === false) return
    ctx.vary('Accept')
    if (isStreamRequest(ctx.req)) ctx.set('Connection', 'close')
  }
}

function commaList<const T extends readonly [string, ...string[]]>(
  values: T,
  defaults?: readonly T[number][],
) {
  const list = z.string({error: 'must be sent once, with commas between its values'})
  return (defaults ? list.default(defaults.join(',')) : list)
    .transform(list => list.split(','))
    .pipe(z.array(z.enum(values)))
}
