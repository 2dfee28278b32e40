import test from 'ava'
import type {BoardTask} from '../../../src/board/task.ts'
import {Problem} from '../../../src/client/client.ts'
import {createRequestQueue} from '../../../src/page/board/request-queue.ts'

/** A server with one task. It refuses changes of another version than its own. */
function aQueue() {
  const versions: number[] = []
  let version = 1
  const call = async (
    _: string,
    {body}: {body: {if_versions: {a: number}; changes: {priority?: string}}},
  ) => {
    versions.push(body.if_versions.a)
    if (body.changes.priority === 'low') throw new Problem('role-insufficient', 'No.', {status: 403})
    if (body.if_versions.a !== version)
      throw new Problem('version-mismatch', 'Read.', {tasks: [{task_id: 'a'}]})
    version += 1
    return {tasks: [{id: 'a', version}]}
  }
  const send = createRequestQueue({call} as unknown as Parameters<typeof createRequestQueue>[0])
  const tasks = [{id: 'a', version: 1}] as BoardTask[]
  return {versions, send: (priority: 'high' | 'low') => send(tasks, [{taskIds: ['a'], changes: {priority}}])}
}

test('quick changes of the same tasks are sent one after another, each with the version that the last one has made', async t => {
  const {versions, send} = aQueue()
  const sent = await Promise.all([send('high'), send('high'), send('high')])
  t.deepEqual(versions, [1, 2, 3])
  t.deepEqual(
    sent.map(({made}) => made[0]!.before.version),
    [1, 2, 3],
  )
})

test('after a refused change, the next one is sent', async t => {
  const {send} = aQueue()
  const [refused, sent] = await Promise.all([send('low'), send('high')])
  t.like(refused, {made: [], changed: 0, error: {code: 'role-insufficient'}})
  t.like(sent, {changed: 1, error: undefined})
})
