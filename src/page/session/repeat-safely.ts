/** Requests that take effect only once when a member repeats them. */
import type {ApiClient} from '../../client/api-client.ts'
import {Problem} from '../../client/client.ts'

/** The requests that a member repeats when no response has arrived. The server supports `Idempotency-Key` for them. */
const withKey = new Set([
  'POST /projects',
  'POST /projects/{id}/sprints',
  'POST /projects/{id}/stories',
  'POST /stories/{id}/tasks',
  'POST /tasks/{id}/checklist',
  'POST /tasks/{id}/comments',
  'POST /tasks/changes',
  'POST /tasks/deletions',
  'POST /projects/{id}/escalations',
  'POST /escalations/{id}/response',
])

/**
 * Returns a client that sends a request with the same `Idempotency-Key` again when the outcome of the first attempt is
 * unknown. The first attempt may have reached the server, and the member sends the form again. A request that has a key
 * keeps it.
 */
export function repeatSafely(api: ApiClient): ApiClient {
  const unknown = new Map<string, string>() // the keys of the requests whose outcome is unknown
  const send = api.call as (name: string, request?: object) => Promise<unknown>

  async function call(name: string, request?: {idempotencyKey?: string}): Promise<unknown> {
    if (!withKey.has(name) || request?.idempotencyKey) return send(name, request)
    const content = JSON.stringify([name, request])
    const idempotencyKey = unknown.get(content) ?? newKey()
    unknown.set(content, idempotencyKey)
    try {
      const body = await send(name, {...request, idempotencyKey})
      unknown.delete(content)
      return body
    } catch (error) {
      if (!isOutcomeUnknown(error)) unknown.delete(content)
      throw error
    }
  }
  return {...api, call: call as ApiClient['call']}
}

/** Whether the server may have made the change although the request has failed. */
export function isOutcomeUnknown(error: unknown): boolean {
  return !(error instanceof Problem && (error.data.status as number) < 500)
}

/** `crypto.randomUUID` exists only on pages with HTTPS. */
export function newKey(): string {
  const words = crypto.getRandomValues(new Uint32Array(4))
  return Array.from(words, word => word.toString(36)).join('-')
}
