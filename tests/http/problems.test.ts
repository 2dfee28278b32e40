// Tests that every error response is an RFC 9457 problem with a stable code.
import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import Koa from 'koa'
import {sql} from 'kysely'
import pg from 'pg'
import {Problem, type ProblemCode} from '../../src/board/problem.ts'
import {problemTable, respondWithProblems} from '../../src/http/problems.ts'
import {type Database, openStore} from '../../src/store/connection.ts'
import {openNetwork} from '../helpers/network.ts'
import {createDatabase, test as testWithPostgres} from '../helpers/postgres.ts'
import {readAnswer, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const server = await startServer()
test.after.always(() => server.close())

for (const code of Object.keys(problemTable) as ProblemCode[]) {
  const expectedStatus = problemTable[code].status
  test(`${code} is reported as a problem with status ${expectedStatus}`, async t => {
    const url = await serve(t, () => {
      throw new Problem(code, 'Fact; remedy.', {answer: 42})
    })
    const {status, headers, body} = await readAnswer(await fetch(url))
    t.is(status, expectedStatus)
    t.is(headers.get('content-type'), 'application/problem+json')
    t.like(body, {type: 'about:blank', status, code, detail: 'Fact; remedy.', answer: 42})
    t.is(headers.get('www-authenticate'), status === 401 ? 'Bearer' : null)
    t.is(headers.get('retry-after'), status === 503 ? '2' : null)
  })
}

test('the seconds of a problem after which a retry can succeed are also in the header Retry-After', async t => {
  const url = await serve(t, () => {
    throw new Problem('export-in-progress', 'Fact; remedy.', {retry_after_seconds: 7})
  })
  const {headers, body} = await readAnswer(await fetch(url))
  t.is(headers.get('retry-after'), '7')
  t.is(body.retry_after_seconds, 7)
})

test('the data of a problem cannot replace its status, code, title, type or detail', async t => {
  const forged = {type: 'x', title: 'x', status: 'completed', code: 'x', detail: 'x'}
  const url = await serve(t, () => {
    throw new Problem('task-not-owned', 'This task has no owner.', forged)
  })
  t.deepEqual((await readAnswer(await fetch(url))).body, {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'This task has no owner.',
    code: 'task-not-owned',
  })
})

test('when an error occurs after the response has started, the connection is destroyed', async t => {
  const url = await serve(t, ctx => {
    ctx.res.writeHead(200, {'content-length': 100})
    ctx.res.write('half')
    throw new Error('too late')
  })
  await t.throwsAsync(async () => (await fetch(url)).text())
})

test('an unknown path returns 404 for every method', async t => {
  for (const path of ['/api', '/api/v1', '/api/v1/nothing', '/api/v1/tasks', '/api/v1/me/too', '/%E0%A4%A']) {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const {status, body} = await readAnswer(await fetch(server.url + path, {method}))
      t.is(status, 404)
      t.is(body.code, 'not-found')
    }
  }
})

test('an unsupported method returns 405, and Allow lists the supported methods', async t => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
    const {status, headers, body} = await readAnswer(await fetch(`${server.url}/api/v1/me`, {method}))
    t.is(status, 405)
    t.is(body.code, 'method-not-allowed')
    t.is(headers.get('allow'), 'HEAD, GET')
  }
})

test('the response to OPTIONS lists the methods of the path in the header Allow', async t => {
  const response = await fetch(`${server.url}/api/v1/projects`, {method: 'OPTIONS'})
  t.is(response.status, 200)
  t.deepEqual(response.headers.get('allow')!.split(', ').sort(), ['GET', 'HEAD', 'POST'])
})

test('HEAD returns the headers of GET without a body', async t => {
  const {task} = await server.team(t.title)
  const url = `${server.url}/api/v1/tasks/${task.id}`
  const authorization = `Bearer ${await server.tokenFor({sub: 'ada', org: t.title})}`
  const get = await fetch(url, {headers: {authorization}})
  const head = await fetch(url, {method: 'HEAD', headers: {authorization}})
  t.is(head.status, 200)
  for (const name of ['content-type', 'content-length', 'etag', 'event-id']) {
    t.truthy(head.headers.get(name))
    t.is(head.headers.get(name), get.headers.get(name))
  }
  t.is(await head.text(), '')
})

test('HEAD of an unknown path returns 404 without a body', async t => {
  const response = await fetch(`${server.url}/nothing`, {method: 'HEAD'})
  t.is(response.status, 404)
  t.is(await response.text(), '')
})

test('a response forbids caching and content sniffing', async t => {
  for (const path of ['/livez', '/nothing', '/api/v1/me']) {
    const {headers} = await fetch(server.url + path)
    t.is(headers.get('cache-control'), 'no-store')
    t.is(headers.get('x-content-type-options'), 'nosniff')
  }
})

test.serial(
  'an unexpected error returns 500 without details, and the server logs the whole error',
  async t => {
    const broken = await startServer()
    t.teardown(() => broken.close())
    const {ada, task} = await broken.team('acme')
    await sql`alter table tasks rename to secret_tasks`.execute(broken.db)
    const {status, headers, body} = await ada.get(`/tasks/${task.id}`)
    t.is(status, 500)
    t.deepEqual(body, {
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'An unexpected error occurred; the server’s log has the details.',
      code: 'internal-error',
    })
    const line = broken.log.find(({request_id}) => request_id === headers.get('x-request-id'))
    t.like(line, {level: 50, status: 500})
    const {stack} = line!.err as {stack: string}
    t.regex(stack, /relation "tasks" does not exist/)
    t.regex(stack, /snapshots\.ts/)
  },
)

test.serial('while the disk of the database is full, changes return 503 and write nothing', async t => {
  const full = await startServer()
  t.teardown(() => full.close())
  const {ada, organizationId} = await full.team('acme')
  const before = await full.stateOf(organizationId)
  await sql
    .raw(`
      create function report_full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
      create trigger full_disk before insert on events execute function report_full_disk();`)
    .execute(full.db)

  const {status, headers, body} = await ada.post('/projects', {name: 'Moon'})
  t.is(status, 503)
  t.is(body.code, 'store-unavailable')
  t.is(headers.get('retry-after'), '2')
  t.deepEqual(await full.stateOf(organizationId), before)
  t.is((await ada.get('/projects')).status, 200)
})

testWithPostgres.serial(
  'while the database is unreachable, requests return 503 with Retry-After and write nothing',
  async t => {
    const network = await openNetwork(await createDatabase())
    const server = await startServer({databaseUrl: network.url})
    t.teardown(() => Promise.all([server.close(), network.cut()]))
    const {ada, organizationId} = await server.team('acme')
    const before = await server.stateOf(organizationId)

    await network.cut()
    for (const answer of [await ada.get('/projects'), await ada.post('/projects', {name: 'Moon'})]) {
      t.is(answer.status, 503)
      t.is(answer.body.code, 'store-unavailable')
      t.is(answer.headers.get('retry-after'), '2')
    }
    const me = await ada.get('/me')
    t.is(me.status, 200) // the server authenticates a cached member without the database
    t.is(me.body.quotas, null)

    await network.mend()
    t.is((await ada.get('/projects')).status, 200)
    t.deepEqual(await server.stateOf(organizationId), before)
  },
)

testWithPostgres.serial(
  'a change whose database connection breaks returns 503 and writes nothing',
  async t => {
    const databaseUrl = await createDatabase()
    const network = await openNetwork(databaseUrl)
    const server = await startServer({databaseUrl: network.url})
    const direct = await openStore({url: databaseUrl})
    t.teardown(() => Promise.all([server.close(), direct.close(), network.cut()]))
    const {ada, task, organizationId} = await server.team('acme')
    const before = await server.stateOf(organizationId)
    const interruptions = [
      async () => {
        await network.cut()
        await network.mend()
      },
      () => terminateWaiting(direct.db),
    ]
    for (const interrupt of interruptions) {
      // Another transaction locks the task. Therefore, the database connection of the change breaks while the change
      // waits for the lock.
      const answer = await direct.db.transaction().execute(async trx => {
        await sql`select from tasks for update`.execute(trx)
        const asked = ada.put(`/tasks/${task.id}/ownership`)
        await waitUntilWaiting(direct.db)
        await interrupt()
        return asked
      })
      t.is(answer.status, 503)
      t.is(answer.body.code, 'store-unavailable')
      t.is(answer.headers.get('retry-after'), '2')
      t.deepEqual(await server.stateOf(organizationId), before)
    }
    t.is((await ada.put(`/tasks/${task.id}/ownership`)).status, 200)
  },
)

const waitingForLock = sql`datname = current_database() and wait_event_type = 'Lock'`

async function waitUntilWaiting(db: Database): Promise<void> {
  for (;;) {
    const {rows} = await sql`select from pg_stat_activity where ${waitingForLock}`.execute(db)
    if (rows.length > 0) return
    await delay(20)
  }
}

async function terminateWaiting(db: Database): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where ${waitingForLock}`.execute(db)
}

/** Starts a server that runs `middleware` after `respondWithProblems`. Returns the URL of the server. */
async function serve(t: ExecutionContext, middleware: Koa.Middleware): Promise<string> {
  const app = new Koa()
  app.on('error', () => {})
  app.use(respondWithProblems())
  app.use(middleware)
  const http = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.teardown(() => {
    http.close()
    http.closeAllConnections()
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`
}

testWithPostgres(
  'while the database is read-only, changes return 503; after that, the server writes again',
  async t => {
    const databaseUrl = await createDatabase()
    const own = await startServer({databaseUrl})
    t.teardown(() => own.close())
    const {ada} = await own.team(t.title)
    const name = new URL(databaseUrl).pathname.slice(1)
    const admin = new pg.Client(new URL('/postgres', databaseUrl).href)
    await admin.connect()
    t.teardown(() => admin.end())
    const setReadOnly = async (value: 'on' | 'off') => {
      await admin.query(`alter database ${name} set default_transaction_read_only = ${value}`)
    }
    await setReadOnly('on')
    // `default_transaction_read_only` applies only to new database sessions. Therefore the next statement ends
    // all old database sessions.
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    for (let tries = 0; tries < 20; tries++) {
      const {status, headers, body} = await ada.post('/projects', {name: 'Moon'})
      t.like({status, code: body.code}, {status: 503, code: 'store-unavailable'})
      t.is(headers.get('retry-after'), '2')
    }
    await setReadOnly('off')
    await until(async () => (await ada.post('/projects', {name: 'Moon'})).status === 201)
  },
)
