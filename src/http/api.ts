/** Serves the API: creates a handler for every declared route. */
import Router, {type RouterMiddleware} from '@koa/router'
import type {Context} from 'koa'
import {z} from 'zod'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import {requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Quotas} from '../board/quotas.ts'
import {commitChange} from '../changes/commit-change.ts'
import {KeysInProgress} from '../changes/keys-in-progress.ts'
import type {KeyedRequest} from '../changes/once-per-key.ts'
import type {Identity} from '../identity/identity.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {limitPerTurnAndGroup} from '../limits/turns.ts'
import {isUnchangedSince} from '../store/board-changes.ts'
import {type Database, forOrganization} from '../store/connection.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {SharedReads} from '../store/shared-reads.ts'
import type {Snapshot} from '../store/snapshots.ts'
import {activityRoutes} from './activity.ts'
import {apiKeyRoutes} from './api-keys.ts'
import {type AuthenticatedState, authenticate} from './authenticate.ts'
import {backlogRoutes} from './backlog.ts'
import {blockerRoutes} from './blockers.ts'
import {BodyReader} from './body-reader.ts'
import {checklistRoutes} from './checklists.ts'
import {commentRoutes} from './comments.ts'
import {commitAndPublish, type Publish} from './commit-and-publish.ts'
import {Compressor} from './compressor.ts'
import {chooseCoding} from './content-coding.ts'
import {dashboardRoutes} from './dashboard.ts'
import type {DivergenceReports} from './divergence-reports.ts'
import {divergenceRoutes} from './divergences.ts'
import {
  boardVersionAt,
  cursorOfBoardVersion,
  type EntityTags,
  formatEntityTag,
  resourceVersion,
} from './entity-tags.ts'
import {escalationRoutes} from './escalations.ts'
import {exportRoutes} from './exports.ts'
import {FileTurns, requireFileType} from './file-turns.ts'
import {githubRoutes} from './github.ts'
import {hasBody} from './has-body.ts'
import {historyRoutes} from './history.ts'
import {parseIdempotencyKey} from './idempotency-key.ts'
import {parseIfMatch} from './if-match.ts'
import {findMatch, parseIfNoneMatch} from './if-none-match.ts'
import {importRoutes} from './imports.ts'
import {encodeInPieces, JsonPieces, sendPieces} from './json-pieces.ts'
import {labelRoutes} from './labels.ts'
import {memberRoutes} from './members.ts'
import {notificationRoutes} from './notifications.ts'
import {readPathIds} from './path-ids.ts'
import {presenceRoutes} from './presence.ts'
import {projectRoutes} from './projects.ts'
import {countTasks, limitChanges, requireRate} from './rate-limits.ts'
import {readJson} from './read-json.ts'
import type {RefusalLimit} from './refusal-limit.ts'
import type {RequestCounts} from './request-counts.ts'
import {
  type ApiRequest,
  type BoardChangeReads,
  type BoardReads,
  type CommitWithCaller,
  type IssuingRequest,
  type PresenceHost,
  type ReceivedFile,
  type Route,
  respondsWith304,
  roleFor,
  type SentFile,
  type UsageReads,
} from './route.ts'
import {searchRoutes} from './search.ts'
import {sprintRoutes} from './sprints.ts'
import {storyRoutes} from './stories.ts'
import {taskRoutes} from './tasks.ts'
import {ticketRoutes} from './tickets.ts'
import {traceChange} from './trace-change.ts'
import {limitUnfinished} from './unfinished-lists.ts'
import {validate} from './validate.ts'

export const apiPrefix = '/api/v1'

export const apiRoutes: readonly Route[] = [
  ...memberRoutes,
  ...apiKeyRoutes,
  ...dashboardRoutes,
  ...projectRoutes,
  ...backlogRoutes,
  ...labelRoutes,
  ...sprintRoutes,
  ...presenceRoutes,
  ...storyRoutes,
  ...taskRoutes,
  ...checklistRoutes,
  ...blockerRoutes,
  ...historyRoutes,
  ...searchRoutes,
  ...commentRoutes,
  ...escalationRoutes,
  ...notificationRoutes,
  ...activityRoutes,
  ...githubRoutes,
  ...exportRoutes,
  ...importRoutes,
  ...ticketRoutes,
  ...divergenceRoutes,
]

export interface ApiDeps {
  db: Database
  quotas: Quotas
  identity: Identity
  publish: Publish
  /** Undefined when SECRETS_KEY is not set. */
  secrets?: SecretBox | undefined
  rates: RateCounts
  refusals: RefusalLimit
  divergences: DivergenceReports
  live: PresenceHost
  counts: RequestCounts
}

// The memory limit for all bodies that are being received. The process needs up to 2.5 times this
// amount of memory, because a buffer is copied when it grows.
const maxTotalBytes = 32 * 1024 * 1024

// Like `maxTotalBytes`, for the files that are being received.
const maxTotalFileBytes = 64 * 1024 * 1024

// The memory limit for complete files that are being read or wait. Reading a file takes up to 24 times its size. Two files
// of the maximum size leave a place for small files.
const maxReadFileBytes = 72 * 1024 * 1024

// The maximum number of requests of one organization that start in one turn of the event loop. A request takes about
// 0.1 ms of CPU time before the request waits for the database. Without this limit, the requests that one organization
// sends at the same time would delay the requests of all other organizations.
const requestsPerTurn = 8

// The maximum number of unfinished lists of one member. A page of a list has up to 12 MB. Without this limit, a member
// who reads no response could fill the memory with pages.
const unfinishedListsPerMember = 4

// A file can occupy a connection to the database until its client has received nearly the whole file.
const unfinishedFilesPerOrganization = 1

// A client that waited for the file of a slow client would not know whether the server works.
const maxWaitForFileMs = 10_000

// A smaller body fits into one packet in any case.
const minCompressedBytes = 1024

interface RouteDeps extends ApiDeps {
  /** Resolves when the server may start the next request of the organization. */
  waitForTurn: (organizationId: string) => Promise<void>
  /** Resolves when the server may read the next list for the member. */
  waitForList: ReturnType<typeof limitUnfinished>
  /** Resolves when the server may send the next file to the organization. */
  waitForFile: ReturnType<typeof limitUnfinished>
  boards: BoardReads
  boardChanges: BoardChangeReads
  usage: UsageReads
  keys: KeysInProgress
  bodies: BodyReader
  /** Reads the bodies that are files. */
  files: BodyReader
  fileTurns: FileTurns
  compressor: Compressor
}

export function api(deps: ApiDeps): Router<AuthenticatedState> {
  const router = new Router<AuthenticatedState>({prefix: apiPrefix})
  const authenticated = authenticate(deps)
  const routeDeps: RouteDeps = {
    ...deps,
    waitForTurn: limitPerTurnAndGroup(requestsPerTurn),
    waitForList: limitUnfinished(unfinishedListsPerMember),
    waitForFile: limitUnfinished(unfinishedFilesPerOrganization, {
      ms: maxWaitForFileMs,
      problem: exportInProgress,
    }),
    boards: new SharedReads(),
    boardChanges: new SharedReads(),
    usage: new SharedReads(),
    keys: new KeysInProgress(),
    bodies: new BodyReader(maxTotalBytes),
    files: new BodyReader(maxTotalFileBytes),
    fileTurns: new FileTurns(maxReadFileBytes),
    compressor: new Compressor(),
  }
  for (const route of apiRoutes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    router[route.method](path, authenticated, serve(route, routeDeps))
  }
  return router
}

function serve(route: Route, deps: RouteDeps): RouterMiddleware<AuthenticatedState> {
  return async ctx => {
    await deps.waitForTurn(ctx.state.caller.organization_id)
    // Check the role before the body is read, because reading a body costs memory and CPU time.
    requireRole(ctx.state.caller, roleFor(route))
    // Many clients can send a report at the same time. Reports must not use up the limit of the changes.
    if (!route.read && !route.send && !route.report) await limitChanges(ctx, deps.rates, ctx.state.caller)
    if (route.report && route.reportLimit)
      await requireRate(ctx, deps.rates, route.reportLimit, ctx.state.caller.user_id)
    if (route.receive) return serveFile(ctx, route, deps)
    const {grant, expiresAt} = ctx.state
    const readsBody = route.body && (!route.isBodyOptional || hasBody(ctx.req))
    const isOptional = route.isBodyOptional
    const json = readsBody ? await readJson(ctx, deps.bodies, {isOptional}) : undefined
    const body = json === undefined ? undefined : validate('body', route.body!, json)
    // The access of the caller may have been withdrawn while the body arrived.
    const caller = readsBody ? await ctx.state.authenticateAgain() : ctx.state.caller
    requireRole(caller, roleFor(route))
    const further = (route.countChanges?.(body) ?? 1) - 1
    if (further > 0) await limitChanges(ctx, deps.rates, caller, {further})
    const db = forOrganization(deps.db, caller.organization_id)
    const request: Request = {
      caller,
      grant,
      expiresAt,
      ids: await readPathIds(db, caller.organization_id, route.ids ?? {}, ctx.params),
      query: validate('query', route.query ?? noQuery, ctx.query),
      body,
      expected: route.conditional ? parseIfMatch(ctx.headers['if-match']) : undefined,
    }
    const known = respondsWith304(route)
      ? parseIfNoneMatch(ctx.headers['if-none-match'], ctx.headers['accept-encoding'])
      : []
    if (route.send) {
      await deps.waitForFile(caller.organization_id, ctx.res)
      sendFile(ctx, await route.send(request, {db}))
      return
    }
    if (route.query) await deps.waitForList(ctx.state.caller.user_id, ctx.res)
    const isKeyed = route.change && route.method === 'post'
    const key = isKeyed ? parseIdempotencyKey(ctx.headers['idempotency-key']) : undefined
    const handled =
      (await findUnchanged(route, request, known, deps)) ?? (await handle(ctx, route, request, key, deps))

    if ('cursor' in handled) ctx.set('Event-Id', formatCursor(handled.cursor))
    // If the request has an idempotency key, the result may be a stored result, and the epoch of a stored result may be
    // outdated. This epoch is therefore ignored.
    if ('cursor' in handled && !key) {
      deps.identity.observeEpoch(ctx.state.caller.organization_id, handled.cursor.epoch)
    }
    if (route.read) ctx.vary('Accept-Encoding')
    if ('etag' in handled) {
      respondNotModified(ctx, handled.etag)
      return
    }
    const {result} = handled
    ctx.status = route.success
    if (route.location) ctx.set('Location', apiPrefix + route.location(result))
    if (!route.response) return
    const version = versionOf(route, handled)
    if (version) {
      // Everything that could reject the request has been checked.
      const match = findMatch(known, version)
      if (match) {
        respondNotModified(ctx, match)
        return
      }
      ctx.set('ETag', formatEntityTag(version))
    }
    if (!route.read) {
      ctx.body = result
      return
    }
    const pieces = result instanceof JsonPieces ? result : await encodeInPieces(result as object)
    await sendCompressed(ctx, pieces, version, deps.compressor)
  }
}

/** The caller, the path and the query are checked before the file arrives. */
async function serveFile(
  ctx: Context & {state: AuthenticatedState},
  route: Extract<Route, {receive: object}>,
  deps: RouteDeps,
): Promise<void> {
  const {caller, grant, expiresAt, authenticateAgain} = ctx.state
  const organizationId = caller.organization_id
  const db = forOrganization(deps.db, organizationId)
  const request: Request = {
    caller,
    grant,
    expiresAt,
    ids: await readPathIds(db, organizationId, route.ids ?? {}, ctx.params),
    query: validate('query', route.query ?? noQuery, ctx.query),
    body: undefined,
    expected: undefined,
  }
  const file: ReceivedFile = {
    async read(work) {
      requireFileType(ctx, route.fileTypes)
      deps.fileTurns.requireFree(organizationId)
      const bytes = await deps.files.read(ctx.req, route.maxFileBytes)
      requireRole(await authenticateAgain(), roleFor(route))
      return deps.fileTurns.run(organizationId, bytes.length, ctx.res, () => work(bytes))
    },
  }
  const commit: CommitWithCaller = change =>
    commitAndPublish(deps, organizationId, db => commitChange(db, caller, change, undefined, deps.quotas))
  const {result, cursor} = await deps.counts.measureChange(route.operationId, () =>
    route.receive(request, {db, quotas: deps.quotas, file, commit}),
  )
  ctx.set('Event-Id', formatCursor(cursor))
  ctx.status = route.success
  ctx.body = result
}

function sendFile(ctx: Context, {type, fileName, cursor, body}: SentFile): void {
  ctx.set('Event-Id', formatCursor(cursor))
  ctx.set('Content-Disposition', `attachment; filename="${fileName}"`)
  ctx.type = type
  ctx.body = body
  ctx.res.setMaxListeners(20) // the pipeline of Koa and this server together add 11 listeners for the event `close`
}

/**
 * Sends the response of a read. If the client accepts a coding and the body is not small, the body is compressed.
 * Responses to other requests are not compressed, because they can contain a secret beside text of the client. The
 * length of the compressed body would then reveal the secret.
 */
async function sendCompressed(
  ctx: Context,
  pieces: JsonPieces,
  version: string | undefined,
  compressor: Compressor,
): Promise<void> {
  const isSmall = pieces.length < minCompressedBytes
  const coding = isSmall ? undefined : chooseCoding(ctx.headers['accept-encoding'])
  const compressed = coding && (await compressor.compress(pieces, coding))
  if (coding && compressed) {
    ctx.set('Content-Encoding', coding)
    if (version) ctx.set('ETag', formatEntityTag(version, coding))
  }
  sendPieces(ctx, compressed ?? pieces)
}

function exportInProgress(): Problem {
  const retry_after_seconds = maxWaitForFileMs / 1_000
  const detail = `Another export of your organization is being sent. Try again in ${retry_after_seconds} s.`
  return new Problem('export-in-progress', detail, {retry_after_seconds})
}

function respondNotModified(ctx: Context, etag: string): void {
  ctx.set('ETag', etag)
  ctx.status = 304
}

type Request = IssuingRequest<ApiRequest<string, unknown, unknown>>

/** The client has the current content of the resource: the content with the ETag. */
interface Unchanged {
  etag: string
  cursor: Cursor
}

/**
 * If the client has the current content, and the log shows this, returns the ETag of the content and the cursor of the
 * log's head. Otherwise returns undefined.
 */
async function findUnchanged(
  {readChange}: Route,
  request: Request,
  known: EntityTags,
  deps: RouteDeps,
): Promise<Unchanged | undefined> {
  if (!readChange || known.length === 0) return undefined
  const db = forOrganization(deps.db, request.caller.organization_id)
  const change = await readChange(request, {...deps, db})
  if (!change) return undefined
  const cursor = {epoch: change.epoch, seq: change.head}
  const etag = findMatch(known, boardVersionAt(cursor), value => {
    const since = cursorOfBoardVersion(value)
    return since !== undefined && isUnchangedSince(since, change)
  })
  return etag === undefined ? undefined : {etag, cursor}
}

/**
 * When a client repeats a request with the same idempotency key, the client receives the stored result. A stored result
 * has no records, so nothing is published twice.
 */
async function handle(
  ctx: Context,
  route: Exclude<Route, {send: object} | {receive: object}>,
  request: Request,
  key: string | undefined,
  deps: RouteDeps,
): Promise<Snapshot<unknown> | {result: unknown}> {
  const {caller} = request
  const context = {...deps, db: forOrganization(deps.db, caller.organization_id)}
  if (route.read) return route.read(request, context)
  if (route.issue) return {result: await route.issue(request, context)}
  if (route.report) return {result: await route.report(request, context)}
  const change = route.change(request, deps)
  const keyed = key === undefined ? undefined : keyedRequest(route, request, key, deps)
  const commit = (trace: string | undefined) =>
    commitAndPublish(deps, caller.organization_id, db =>
      commitChange(db, caller, change, keyed, deps.quotas, trace),
    )
  const {method, operationId} = route
  const committed = await deps.counts.measureChange(operationId, () =>
    traceChange(ctx, {method, path: apiPrefix + route.path, operationId}, commit),
  )
  if (!route.countChanges) await countTasks(ctx, deps.rates, caller, committed.records)
  return committed
}

function keyedRequest(
  {method, path}: Route,
  {ids, query, body}: Request,
  key: string,
  {keys}: RouteDeps,
): KeyedRequest {
  return {route: `${method} ${path}`, key, content: {ids, query, body}, inProgress: keys}
}

const noQuery = z.strictObject({})

/** Returns the value of the response's ETag. Returns undefined when the response has no ETag. */
function versionOf(route: Route, handled: Snapshot<unknown> | {result: unknown}): string | undefined {
  if (route.readChange && 'cursor' in handled) return boardVersionAt(handled.cursor)
  return hasVersion(handled.result) ? resourceVersion(handled.result) : undefined
}

function hasVersion(result: unknown): result is {version: number} {
  return typeof result === 'object' && result !== null && 'version' in result
}
