import test from 'ava'
import {Problem} from '../../../src/board/problem.ts'
import type {ApiClient} from '../../../src/client/api-client.ts'
import {repeatSafely} from '../../../src/page/session/repeat-safely.ts'

/** A client whose requests fail with the given errors, in order, and then succeed. `keys` has the key of each request. */
function aClient(...errors: unknown[]) {
  const keys: (string | undefined)[] = []
  const call = async (_: string, request: {idempotencyKey?: string} = {}) => {
    keys.push(request.idempotencyKey)
    const error = errors.shift()
    if (error) throw error
    return {}
  }
  return {api: repeatSafely({call} as unknown as ApiClient), keys}
}

const comment = (body: string) => ['POST /tasks/{id}/comments', {params: {id: 't'}, body: {body}}] as const
const lost = new TypeError('fetch failed')
const refused = new Problem('task-not-found', 'No.', {status: 404})

test('a request without a response is repeated with the same key, and the next equal request has another key', async t => {
  const {api, keys} = aClient(lost)
  await t.throwsAsync(api.call(...comment('Yes.')))
  await api.call(...comment('Yes.'))
  await api.call(...comment('Yes.'))
  t.regex(keys[0]!, /^[!-~]{10,255}$/)
  t.is(keys[1], keys[0])
  t.not(keys[2], keys[0])
})

test('a request with another content has another key', async t => {
  const {api, keys} = aClient(lost)
  await t.throwsAsync(api.call(...comment('Yes.')))
  await api.call(...comment('Yes, please.'))
  t.not(keys[1], keys[0])
})

test('after the server has refused a request, the next attempt has another key', async t => {
  const {api, keys} = aClient(refused)
  await t.throwsAsync(api.call(...comment('Yes.')))
  await api.call(...comment('Yes.'))
  t.not(keys[1], keys[0])
})

test('a checklist item that was sent again has the key of the first attempt, and in another version of the task another key', async t => {
  const item = (ifMatch: number) =>
    ['POST /tasks/{id}/checklist', {params: {id: 't'}, body: {text: 'Order the valve'}, ifMatch}] as const
  const {api, keys} = aClient(lost)
  await t.throwsAsync(api.call(...item(1)))
  await api.call(...item(1))
  await api.call(...item(2))
  t.truthy(keys[0])
  t.is(keys[1], keys[0])
  t.not(keys[2], keys[0])
})

test('a request that has a key keeps it', async t => {
  const {api, keys} = aClient()
  const request = {params: {id: 't'}, body: {text: 'Order the valve'}, idempotencyKey: 'new-1'}
  await api.call('POST /tasks/{id}/checklist', request)
  await api.call('POST /tasks/{id}/checklist', {...request, ifMatch: 2})
  t.deepEqual(keys, ['new-1', 'new-1'])
})

test('requests that create nothing have no key', async t => {
  const {api, keys} = aClient()
  await api.call('GET /me')
  t.deepEqual(keys, [undefined])
})
