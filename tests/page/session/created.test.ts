import test from 'ava'
import type {ApiClient} from '../../../src/client/api-client.ts'
import {type Created, reportCreated} from '../../../src/page/session/created.ts'

test('a request that creates something is reported with the id of its response, and other requests are not', async t => {
  const seen: Created[] = []
  const api = {call: async () => ({id: 'new'})} as unknown as ApiClient
  const reporting = reportCreated(api, created => seen.push(created))
  const params = {id: 'old'}
  await reporting.call('POST /stories/{id}/tasks', {params, body: {title: 'Fuel'}})
  await reporting.call('PATCH /tasks/{id}', {params, body: {title: 'Fuel'}})
  await reporting.call('POST /projects', {body: {name: 'Rocket'}})
  t.deepEqual(seen, [
    {kind: 'task', id: 'new'},
    {kind: 'project', id: 'new'},
  ])
})

test('a request that fails creates nothing', async t => {
  const api = {call: () => Promise.reject(new Error('No response'))} as unknown as ApiClient
  const reporting = reportCreated(api, () => t.fail())
  await t.throwsAsync(reporting.call('POST /projects', {body: {name: 'Rocket'}}))
})
