/** Serves the API: a handler for every declared route. */
import Router, {type RouterMiddleware} from '@koa/router'
import {z} from 'zod'
import {formatCursor} from '../board/cursor.ts'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import {oncePerKey} from '../changes/once-per-key.ts'
import type {Identity} from '../identity/identity.ts'
import type {Live} from '../live/live.ts'
import {type Database, forOrganization} from '../store/connection.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {activityRoutes} from './activity.ts'
import {type AuthenticatedState, authenticate} from './authenticate.ts'
import {commentRoutes} from './comments.ts'
import {escalationRoutes} from './escalations.ts'
import {githubRoutes} from './github.ts'
import {parseIdempotencyKey} from './idempotency-key.ts'
import {parseIfMatch} from './if-match.ts'
import {memberRoutes} from './members.ts'
import {notificationRoutes} from './notifications.ts'
import {projectRoutes} from './projects.ts'
import {readJson} from './read-json.ts'
import type {ApiRequest, Route, RouteResult} from './route.ts'
import {sprintRoutes} from './sprints.ts'
import {storyRoutes} from './stories.ts'
import {taskRoutes} from './tasks.ts'
import {validate} from './validate.ts'

export const apiPrefix = '/api/v1'

export const apiRoutes: readonly Route[] = [
  ...memberRoutes,
  ...projectRoutes,
  ...sprintRoutes,
  ...storyRoutes,
  ...taskRoutes,
  ...commentRoutes,
  ...escalationRoutes,
  ...notificationRoutes,
  ...activityRoutes,
  ...githubRoutes,
]

export interface ApiDeps {
  db: Database
  identity: Identity
  live: Live
  /** Undefined without SECRETS_KEY. */
  secrets?: SecretBox | undefined
}

export function api(deps: ApiDeps): Router<AuthenticatedState> {
  const router = new Router<AuthenticatedState>({prefix: apiPrefix})
  const authenticated = authenticate(deps)
  for (const route of apiRoutes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    router[route.method](path, authenticated, serve(route, deps))
  }
  return router
}

function serve(route: Route, {db, identity, live, secrets}: ApiDeps): RouterMiddleware<AuthenticatedState> {
  return async ctx => {
    const {caller} = ctx.state
    const request: ApiRequest<string, unknown, unknown> = {
      caller,
      ids: readIds(route, ctx.params),
      query: validate('query', route.query ?? noQuery, ctx.query),
      body: route.body && validate('body', route.body, await readJson(ctx)),
      expected: route.conditional ? parseIfMatch(ctx.headers['if-match']) : undefined,
    }
    const key = route.method === 'post' ? parseIdempotencyKey(ctx.headers['idempotency-key']) : undefined
    const handle = (db: Database) => route.handle(request, {db, secrets})
    const fairDb = forOrganization(db, caller.organization_id)
    const outcome = key ? await handleOnce(route, request, key, fairDb, handle) : await handle(fairDb)
    if ('records' in outcome) live.publish(caller.organization_id, outcome)

    const {result} = outcome
    ctx.status = route.success
    if ('cursor' in outcome) ctx.set('Event-Id', formatCursor(outcome.cursor))
    // The stored result of a keyed request may have the cursor of an earlier epoch.
    if ('cursor' in outcome && !key) identity.observeEpoch(caller.organization_id, outcome.cursor.epoch)
    if (route.location) ctx.set('Location', apiPrefix + route.location(result))
    if (!route.response) return
    if (isVersioned(result)) ctx.set('ETag', `"${result.version}"`)
    ctx.body = result
  }
}

/** A repeated request gets the stored result. It has no records, so nothing is published twice. */
function handleOnce(
  route: Route,
  request: ApiRequest<string, unknown, unknown>,
  key: string,
  db: Database,
  handle: (db: Database) => Promise<RouteResult<unknown>>,
): Promise<RouteResult<unknown>> {
  const {caller, ids, query, body} = request
  const keyed = {route: `${route.method} ${route.path}`, key, content: {ids, query, body}}
  return oncePerKey(db, caller, keyed, handle)
}

/** The ids in the path. Throws the route's not-found Problem for an invalid UUID. */
function readIds({ids = {}}: Route, params: Record<string, string>): Record<string, string> {
  const entries = Object.entries(ids).map(([name, code]) => {
    const {success, data} = id.safeParse(params[name])
    if (!success) throw new Problem(code, 'The id is not a valid UUID.')
    return [name, data]
  })
  return Object.fromEntries(entries)
}

const noQuery = z.strictObject({})

function isVersioned(result: unknown): result is {version: number} {
  return typeof result === 'object' && result !== null && 'version' in result
}
