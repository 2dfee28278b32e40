/** The API: every route, served as it is declared. */
import Router, {type RouterMiddleware} from '@koa/router'
import {z} from 'zod'
import {formatCursor} from '../board/cursor.ts'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import {oncePerKey} from '../changes/once-per-key.ts'
import type {Identity} from '../identity/identity.ts'
import type {Live} from '../live/live.ts'
import type {Database} from '../store/connection.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {activityRoutes} from './activity.ts'
import {type Authenticated, authenticate} from './authenticate.ts'
import {commentRoutes} from './comments.ts'
import {escalationRoutes} from './escalations.ts'
import {githubRoutes} from './github.ts'
import {parseIdempotencyKey} from './idempotency-key.ts'
import {parseIfMatch} from './if-match.ts'
import {memberRoutes} from './members.ts'
import {notificationRoutes} from './notifications.ts'
import {projectRoutes} from './projects.ts'
import {readJson} from './read-json.ts'
import type {Answer, ApiRequest, Route} from './route.ts'
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
  /** Absent: there is no SECRETS_KEY. */
  secrets?: SecretBox | undefined
}

export function api(deps: ApiDeps): Router<Authenticated> {
  const router = new Router<Authenticated>({prefix: apiPrefix})
  const authenticated = authenticate(deps)
  for (const route of apiRoutes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    router[route.method](path, authenticated, serve(route, deps))
  }
  return router
}

function serve(route: Route, {db, live, secrets}: ApiDeps): RouterMiddleware<Authenticated> {
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
    const answer = key ? await handleOnce(route, request, key, db, handle) : await handle(db)
    if ('records' in answer) live.publish(caller.organization_id, answer)

    const {result} = answer
    ctx.status = route.success
    if ('cursor' in answer) ctx.set('Event-Id', formatCursor(answer.cursor))
    if (route.location) ctx.set('Location', apiPrefix + route.location(result))
    if (!route.response) return
    if (isVersioned(result)) ctx.set('ETag', `"${result.version}"`)
    ctx.body = result
  }
}

/** What was answered before is answered again, and without records: nothing is published twice. */
function handleOnce(
  route: Route,
  request: ApiRequest<string, unknown, unknown>,
  key: string,
  db: Database,
  handle: (db: Database) => Promise<Answer<unknown>>,
): Promise<Answer<unknown>> {
  const {caller, ids, query, body} = request
  const keyed = {route: `${route.method} ${route.path}`, key, content: {ids, query, body}}
  return oncePerKey(db, caller, keyed, handle)
}

/** The ids of the path. Throws the route's own Problem for what is no id: no such thing can exist. */
function readIds({ids = {}}: Route, params: Record<string, string>): Record<string, string> {
  const entries = Object.entries(ids).map(([name, code]) => {
    const {success, data} = id.safeParse(params[name])
    if (!success) throw new Problem(code, 'There is nothing with this id, which is no UUID.')
    return [name, data]
  })
  return Object.fromEntries(entries)
}

const noQuery = z.strictObject({})

function isVersioned(result: unknown): result is {version: number} {
  return typeof result === 'object' && result !== null && 'version' in result
}
