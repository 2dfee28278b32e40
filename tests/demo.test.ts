import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {taskStatuses} from '../src/board/task.ts'
import {commitChange} from '../src/changes/commit-change.ts'
import {takeTask} from '../src/changes/take-task.ts'
import {describeDemo, prepareDemo, readDemoSecret} from '../src/demo.ts'
import {createIdentity} from '../src/identity/identity.ts'
import {openEmbeddedStore} from './helpers/data-folder.ts'
import {readEvents} from './helpers/organization.ts'

test('the demo has three members who are at work in a sprint, and two closed sprints; after every start, a task is available', async t => {
  const dataDir = await makeFolder(t)
  const {db, close} = await openEmbeddedStore()
  t.teardown(close)
  const auth = {kind: 'secret', secret: await readDemoSecret(dataDir)} as const
  const start = async () => {
    const identity = createIdentity({db, auth, defaultRole: 'viewer'})
    const demo = await prepareDemo(db, identity, dataDir)
    return {demo, ada: (await identity.authenticate({token: demo.tokens.ada})).caller, identity}
  }

  const {demo, ada, identity} = await start()
  t.like(ada, {name: 'Ada Lovelace', role: 'admin'})
  const grace = (await identity.authenticate({token: demo.tokens.grace})).caller
  t.like(grace, {name: 'Grace Hopper', role: 'member', organization_id: ada.organization_id})
  const types = (await readEvents(db, ada.organization_id)).map(({type}) => type)
  t.deepEqual(count(types), {
    'member.updated': 3,
    'project.created': 1,
    'label.created': 3,
    'sprint.created': 4,
    'sprint.status.changed': 5,
    'story.created': 6,
    'story.status.changed': 5,
    'task.created': 14,
    'task.updated': 5,
    ownership_taken: 12,
    status_changed: 19,
    'task.started': 10,
    'task.completed': 7,
    'task.failed': 1,
    'task.blockers.changed': 1,
    'task.cancelled': 1,
    'task.commented': 4,
    'escalation.created': 1,
    'task.questions.changed': 1,
    'notification.created': 2,
    'pr.created': 1,
    'pr.merged': 1,
    'agent.started': 1,
    'agent.completed': 1,
    'workflow.error': 1,
  })
  const statuses = await db.selectFrom('tasks').select('status').distinct().execute()
  t.is(statuses.length, taskStatuses.length, 'the board shows every status')

  const second = await start()
  t.is(second.demo.sprintId, demo.sprintId)
  t.is(second.demo.taskId, demo.taskId)
  t.is((await readEvents(db, ada.organization_id)).length, types.length, 'a second start writes nothing')

  const tasks = db.selectFrom('tasks').select(['id', 'sprint_id'])
  for (const {id, sprint_id} of await tasks.where('status', '=', 'available').execute()) {
    t.is(sprint_id, demo.sprintId)
    await commitChange(db, grace, takeTask(id))
  }
  const third = await start()
  const task = await db
    .selectFrom('tasks')
    .selectAll()
    .where('id', '=', third.demo.taskId)
    .executeTakeFirstOrThrow()
  t.is(task.status, 'available')
  t.is(task.sprint_id, demo.sprintId)
  t.is((await tasks.execute()).length, 15)
})

test('the demo secret is generated once, and is stored in a file that only the owner of the file can read', async t => {
  const folder = await makeFolder(t)
  const secret = await readDemoSecret(folder)
  t.is(await readDemoSecret(folder), secret)
  t.is(Buffer.from(secret, 'base64url').length, 32)
  t.is((await stat(join(folder, 'demo-secret'))).mode & 0o777, 0o600)
})

test('the key that encrypts webhook secrets is generated once, is stored in a file, and differs from the demo secret', async t => {
  const folder = await makeFolder(t)
  const key = await readDemoSecret(folder, 'demo-secrets-key')
  t.not(key, await readDemoSecret(folder))
  t.is(await readDemoSecret(folder, 'demo-secrets-key'), key)
  t.is((await stat(join(folder, 'demo-secrets-key'))).mode & 0o777, 0o600)
})

test('an existing demo secret is not replaced', async t => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'demo-secret'), 'a test secret with at least 32 characters')
  t.is(await readDemoSecret(folder), 'a test secret with at least 32 characters')
  t.is(await readFile(join(folder, 'demo-secret'), 'utf8'), 'a test secret with at least 32 characters')
})

test('a secret file that is too short is rejected', async t => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'demo-secret'), '')
  await t.throwsAsync(readDemoSecret(folder), {message: /Delete this file/})
})

test('the demo prints each suggested command on its own line, with quotes for a shell', t => {
  const demo = {sprintId: 'S', taskId: 'T', tokens: {ada: 'A.B.C', grace: 'D.E.F'}}
  const lines = describeDemo(demo, 'http://127.0.0.1:8080').split('\n')
  t.deepEqual(
    lines.filter(line => line.startsWith('curl')),
    [
      "curl -N -H 'Authorization: Bearer A.B.C' 'http://127.0.0.1:8080/api/v1/events/tasks?sprint_id=S'",
      "curl -X PUT -H 'Authorization: Bearer D.E.F' 'http://127.0.0.1:8080/api/v1/tasks/T/ownership'",
    ],
  )
})

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-demo-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  return folder
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
