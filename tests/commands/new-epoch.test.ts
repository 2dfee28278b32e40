import {randomBytes} from 'node:crypto'
import {startNewEpoch} from '../../src/commands/new-epoch.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {run, startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store?.close())

test.serial('every organization gets its own new epoch, and the seq of every log stays the same', async t => {
  const {db} = store
  const callers = [
    (await createOrganization(db, {ada: 'member'})).ada,
    (await createOrganization(db, {eve: 'member'})).eve,
  ]
  await createBoard(db, callers[0]!)
  const heads = () => Promise.all(callers.map(({organization_id}) => readHead(db, organization_id)))
  const before = await heads()
  t.regex(await startNewEpoch(db, undefined), /of 2 organizations have/)
  const after = await heads()
  t.is(new Set([...before, ...after].map(({epoch}) => epoch)).size, 4)
  t.deepEqual(
    after.map(({seq}) => seq),
    before.map(({seq}) => seq),
  )
})

test.serial('when one organization is named, only this organization gets a new epoch', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {eve} = await createOrganization(db, {eve: 'member'})
  const before = await readHead(db, eve.organization_id)
  for (const name of [ada.organization_id, ada.organization_id.toUpperCase()]) {
    const {epoch} = await readHead(db, ada.organization_id)
    t.regex(await startNewEpoch(db, name), /of 1 organization has/)
    t.not((await readHead(db, ada.organization_id)).epoch, epoch)
  }
  t.deepEqual(await readHead(db, eve.organization_id), before)
})

test.serial('an unknown organization is rejected, and no epoch is renewed', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const before = await readHead(store.db, ada.organization_id)
  await t.throwsAsync(startNewEpoch(store.db, 'nobody'), {code: 'command-failed'})
  t.deepEqual(await readHead(store.db, ada.organization_id), before)
})

test.serial(
  'after a restore, streams that are open or resume are reset with the reason “epoch” and then continue',
  async t => {
    t.timeout(120_000)
    const secret = randomBytes(32).toString('hex')
    const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret}
    const server = await startProcess(env)
    t.teardown(() => server.end('SIGKILL'))
    const claims = {subject: 'ada', organization: 'acme', role: 'member', lifetime: 600} as const
    const token = await mintToken({secret}, claims)
    const open = async (lastEventId = '') => {
      const url = `${server.url}/api/v1/events/tasks?token=${token}&types=sprint.created&lastEventId=${lastEventId}`
      const stream = await Stream.open(url)
      t.teardown(() => stream.close())
      await stream.waitFor('stream.ready')
      return stream
    }
    const post = async (path: string, body: object) => {
      const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
      const response = await fetch(server.url + path, {method: 'POST', headers, body: JSON.stringify(body)})
      t.is(response.status, 201)
      return {location: response.headers.get('location')!, eventId: response.headers.get('event-id')!}
    }
    const {location} = await post('/api/v1/projects', {name: 'Rocket'})
    const sprint = () => post(`${location}/sprints`, {name: 'Sprint'})

    const stream = await open()
    const backup = await sprint()
    const lost = await sprint()
    await stream.waitFor(({id}) => id === lost.eventId)
    await loseLastEvent(env.DATABASE_URL)
    const {code, stdout: report} = await run(['new-epoch', '--org', 'acme'], env)
    t.is(code, 0)
    t.regex(report, /new epoch/)

    const returned = await open(lost.eventId)
    const reset = await returned.waitFor('stream.reset')
    t.is(reset.data.reason, 'epoch')
    // The stream may already have received a different reset, if the server detected the loss before the command ran.
    await stream.waitFor(({id, data}) => data?.type === 'stream.reset' && id === reset.id)
    const [epoch, seq] = reset.id!.split('-')
    t.not(epoch, backup.eventId.split('-')[0])
    t.is(seq, backup.eventId.split('-')[1], 'the head of the log is the head in the backup')

    const next = await sprint()
    t.is(next.eventId, `${epoch}-${Number(seq) + 1}`, 'the seq of the lost event is used again')
    for (const each of [stream, returned]) await each.waitFor(({id}) => id === next.eventId)
    t.is(stream.events.length, 3)
    t.is(returned.events.length, 1)
  },
)

test.serial('with the embedded store, new-epoch fails while the server is running', async t => {
  t.timeout(120_000)
  const env = {DATA_DIR: await createDataFolder(t)}
  const server = await startProcess(env)
  t.teardown(() => server.end('SIGKILL'))
  const refused = await run(['new-epoch'], env)
  t.is(refused.code, 1)
  t.regex(refused.stderr, /Stop that server first/)
  await server.end('SIGTERM')
  t.like(await run(['new-epoch'], env), {
    code: 0,
    stdout:
      'The event log of 1 organization has a new epoch. Open streams are reset within seconds. Other clients are reset when they reconnect.\n',
  })
})

/** Deletes the last change, as if a backup without this change had been restored. */
async function loseLastEvent(url: string): Promise<void> {
  const {db, close} = await openStore({url})
  const {head} = await db.selectFrom('event_streams').select('head').executeTakeFirstOrThrow()
  await db.transaction().execute(async trx => {
    await trx.deleteFrom('events').where('seq', '=', head).execute()
    await trx
      .updateTable('event_streams')
      .set({head: head - 1})
      .execute()
    await trx.deleteFrom('sprints').execute()
  })
  await close()
}
