// Every answer that a test's client is given must be one that the contract tells of.
import assert from 'node:assert/strict'
import {parseCursor} from '../../src/board/cursor.ts'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import {statusOf} from '../../src/http/problems.ts'
import type {Route} from '../../src/http/route.ts'
import {hasETag, problemsOf} from './contract.ts'
import type {Answer} from './server.ts'

/** Throws an AssertionError unless the route, if there is one, declares the answer. */
export function requireContract(method: string, path: string, answer: Answer): void {
  const route = findRoute(method, path)
  if (!route) return
  if (answer.status >= 400) requireProblem(route, answer)
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
  assert.equal(status, statusOf[body.code as keyof typeof statusOf])
  assert.equal(body.status, status)
}

function requireSuccess(route: Route, {status, headers, body}: Answer): void {
  assert.equal(status, route.success)
  // What the schema does not know, it strips.
  if (route.response) assert.deepEqual(route.response.parse(body), body)
  else assert.equal(body, undefined)

  const cursor = parseCursor(headers.get('event-id') ?? '')
  assert.equal(cursor !== undefined, !route.timeless)
  assert.equal(headers.get('etag'), hasETag(route) ? `"${body.version}"` : null)
  assert.equal(headers.get('location'), route.location ? apiPrefix + route.location(body) : null)
}
