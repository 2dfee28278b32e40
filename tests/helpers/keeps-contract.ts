// Checks that the contract declares every response that a test's client receives.
import assert from 'node:assert/strict'
import {parseCursor} from '../../src/board/cursor.ts'
import type {ProblemCode} from '../../src/board/problem.ts'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import {boardVersionAt, cursorOfBoardVersion, resourceVersion} from '../../src/http/entity-tags.ts'
import {problemsOf} from '../../src/http/openapi.ts'
import {problemTable} from '../../src/http/problems.ts'
import {hasETag, type Route, respondsWith304} from '../../src/http/route.ts'
import type {Answer} from './server.ts'

/**
 * Throws an AssertionError when the route of this path does not declare this response. A path without a route in the
 * API is not checked.
 */
export function requireContract(method: string, path: string, answer: Answer): void {
  const route = findRoute(method, path)
  if (!route) return
  if (answer.status >= 400) requireProblem(route, answer)
  else if (answer.status === 304) requireNotModified(route, answer)
  else requireSuccess(route, answer)
}

function findRoute(method: string, path: string): Route | undefined {
  const [pathname = ''] = path.split('?')
  return apiRoutes.find(
    route =>
      route.method === method.toLowerCase() &&
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  )
}

function requireProblem(route: Route, {status, headers, body}: Answer): void {
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.ok(
    problemsOf(route).includes(body.code),
    `${route.method} ${route.path} does not declare ${body.code}: ${body.detail}`,
  )
  assert.equal(status, problemTable[body.code as ProblemCode].status)
  assert.equal(body.status, status)
}

function requireNotModified(route: Route, {headers, body}: Answer): void {
  assert.ok(respondsWith304(route))
  assert.equal(body, undefined)
  assert.ok(parseCursor(headers.get('event-id') ?? ''))
  const etag = headers.get('etag') ?? ''
  if (route.readChange) assert.ok(cursorOfBoardVersion(etag.slice(1, -1)))
  else assert.match(etag, /^"\d+-[\da-f]{16}"$/)
}

function requireSuccess(route: Route, {status, headers, body}: Answer): void {
  assert.equal(status, route.success)
  // The schema removes undeclared fields, so the comparison fails when the body has undeclared fields.
  if (route.response) assert.deepEqual(route.response.parse(body), body)
  else assert.equal(body, undefined)

  const cursor = parseCursor(headers.get('event-id') ?? '')
  assert.equal(cursor !== undefined, !route.omitsEventId)
  assert.equal(headers.get('etag'), hasETag(route) ? `"${versionOf(route, body)}"` : null)
  assert.equal(headers.get('location'), route.location ? apiPrefix + route.location(body) : null)
}

function versionOf(route: Route, body: any): string {
  return route.readChange ? boardVersionAt(parseCursor(body.cursor)!) : resourceVersion(body)
}
