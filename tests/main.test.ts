// Tests the program as a process: its arguments, exit codes, output and signals.
import {once} from 'node:events'
import {type AddressInfo, createServer} from 'node:net'
import {TLSSocket} from 'node:tls'
import test, {type ExecutionContext} from 'ava'
import {sql} from 'kysely'
import {Problem} from '../src/board/problem.ts'
import {mintToken} from '../src/identity/mint-token.ts'
import {openStore} from '../src/store/connection.ts'
import {explainConnectionError} from '../src/store/errors.ts'
import {createDataFolder} from './helpers/data-folder.ts'
import {createDatabase, test as testOnPostgres} from './helpers/postgres.ts'
import {run, startProcess} from './helpers/process.ts'
import {Stream} from './helpers/stream.ts'
import {until} from './helpers/until.ts'

const secret = 'a test secret with at least 32 characters'

// The tests are serial, so that no test waits for the processes of another test.
test.serial('--help and --version print to stdout and exit with 0', async t => {
  t.like(await run(['--help']), {code: 0, stderr: ''})
  t.regex((await run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

test.serial(
  'when a command or option is unknown, the program exits with 2 and points to the help on stderr',
  async t => {
    for (const args of [['bogus'], ['--bogus']]) {
      const {code, stdout, stderr} = await run(args)
      t.is(code, 2)
      t.is(stdout, '')
      t.regex(stderr, /boardcast --help/)
      t.notRegex(stderr, /\n {4}at /)
    }
  },
)

test.serial(
  'when settings are invalid, the program exits with 1 and prints the names of the invalid variables without values',
  async t => {
    const env = {PORT: 'x', AUTH_JWT_SECRET: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@db'}
    const {code, stderr} = await run([], env)
    t.is(code, 1)
    for (const variable of ['PORT', 'AUTH_JWT_SECRET', 'DATABASE_URL']) t.true(stderr.includes(variable))
    t.notRegex(stderr, /hunter2|\n {4}at /)
  },
)

test.serial(
  'when the database cannot be reached, the program exits with 1 and prints the reason',
  async t => {
    for (const args of [['serve'], ['migrate']]) {
      const {code, stderr} = await run(args, {
        DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/b',
        AUTH_JWT_SECRET: secret,
      })
      t.is(code, 1)
      t.regex(stderr, /database cannot be reached.*ECONNREFUSED/)
      t.notRegex(stderr, /hunter2|\n {4}at /)
    }
  },
)

testOnPostgres.serial(
  'when the database cannot be opened because of DATABASE_URL, the error explains which part of DATABASE_URL is wrong, and the program prints the explanation',
  async t => {
    const url = await createDatabase()
    const faults: [url: string, message: RegExp][] = [
      [
        changed(url, {password: 'hunter2'}),
        /^Postgres rejected the user or the password in DATABASE_URL\. password auth/,
      ],
      [changed(url, {username: 'nobody'}), /^Postgres rejected the user or the password in DATABASE_URL\. /],
      [
        changed(url, {pathname: '/missing'}),
        /^The database in DATABASE_URL does not exist\. database "missing"/,
      ],
      [
        changed(url, {search: '?sslmode=verify-full'}),
        /^DATABASE_URL requires TLS, but Postgres does not use TLS\. /,
      ],
      [
        await startUntrustedPostgres(t),
        /^The certificate of Postgres is not valid for DATABASE_URL\. self-signed/,
      ],
    ]
    for (const [wrongUrl, message] of faults) {
      const store = await openStore({url: wrongUrl})
      t.teardown(() => store.close())
      const {cause} = await t.throwsAsync(sql`select 1`.execute(store.db), {instanceOf: Problem})
      t.regex(`${explainConnectionError(cause)} ${(cause as Error).message}`, message)
    }
    const [[DATABASE_URL, message]] = faults as [(typeof faults)[number]]
    const {code, stderr} = await run([], {DATABASE_URL, AUTH_JWT_SECRET: secret})
    t.is(code, 1)
    t.regex(stderr, message)
    t.notRegex(stderr, /hunter2|\n {4}at /)
  },
)

function changed(
  url: string,
  parts: Partial<Pick<URL, 'username' | 'password' | 'pathname' | 'search'>>,
): string {
  return Object.assign(new URL(url), parts).href
}

/** Starts a server that offers TLS as Postgres does, with a self-signed certificate. Returns its URL. */
async function startUntrustedPostgres(t: ExecutionContext): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write('S') // [spec] Postgres protocol, SSLRequest: the server is willing to perform SSL
      const options = {isServer: true, key: untrustedKey, cert: untrustedCertificate}
      new TLSSocket(socket, options).on('error', () => {})
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const {port} = server.address() as AddressInfo
  return `postgres://u:hunter2@127.0.0.1:${port}/b?sslmode=verify-full`
}

const untrustedKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgllIYZDJbdhQR6GPx
rWQXLS+dvZe54iT7M0qX64eeCTqhRANCAAQPYwww0m+UjrBDfTEoaKENUTXqgty2
UhzO+OQLPXbF5fkVExaQsW3+qfSFJeTfzc7bMyqp8dD2iVYWCFIKhCx8
-----END PRIVATE KEY-----`
const untrustedCertificate = `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUXgRE70ltnCq9jviSv4MVzqUTdvcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNjA2MzgxNVoYDzIxMjYxMTAy
MDYzODE1WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQPYwww0m+UjrBDfTEoaKENUTXqgty2UhzO+OQLPXbF5fkVExaQsW3+
qfSFJeTfzc7bMyqp8dD2iVYWCFIKhCx8o1MwUTAdBgNVHQ4EFgQU9Bnry8G6ufyE
IRCvh+Z4cnP1OzcwHwYDVR0jBBgwFoAU9Bnry8G6ufyEIRCvh+Z4cnP1OzcwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBI1RWGCZbvLFVCh0UdEVdn
nkVIeyJNPNNz1meBAdBydQIgIv0Hx4qD9uRmi5DlXzKzdDhyvo9afVyWxKa0PoWY
678=
-----END CERTIFICATE-----`

test.serial('the token command fails when tokens are verified with a key set', async t => {
  const env = {AUTH_JWKS_URL: 'https://issuer.example/keys'}
  const {code, stderr} = await run(['token', '--sub', 'ada', '--org', 'acme'], env)
  t.is(code, 1)
  t.regex(stderr, /only the issuer/)
})

test.serial('a demo prints example commands; on SIGTERM, the demo ends its streams and exits', async t => {
  t.timeout(120_000)
  const env = {DATA_DIR: await createDataFolder(t)}
  const server = await startProcess(env)
  t.teardown(() => server.end('SIGKILL'))
  const lines = server.output
  t.is(lines.filter(line => line.includes('"listening"')).length, 1)
  await until(() => lines.some(line => line.includes('curl -X PUT')))

  /** Returns the header and the URL of a suggested command. */
  const suggested = (start: string) => {
    const line = lines.find(text => text.startsWith(start))!
    const [, authorization, url] = /-H 'Authorization: (.+)' '(.+)'$/.exec(line)!
    return {headers: {authorization: authorization!}, url: url!}
  }
  const watched = suggested('curl -N')
  const stream = await Stream.open(watched.url, {headers: watched.headers})
  await stream.waitFor('stream.ready')
  const taken = suggested('curl -X')
  t.is((await fetch(taken.url, {method: 'PUT', headers: taken.headers})).status, 200)
  await stream.waitFor('ownership_taken')

  // The demo generates a key for webhook secrets, and Ada is an admin, so Ada can set a GitHub secret.
  const {origin} = new URL(watched.url)
  const asAda = {...watched.headers, 'content-type': 'application/json'}
  const {items} = (await (await fetch(`${origin}/api/v1/projects`, {headers: asAda})).json()) as any
  const set = {method: 'PUT', headers: asAda, body: JSON.stringify({secret: 'sixteen letters.'})}
  t.is((await fetch(`${origin}/api/v1/projects/${items[0].id}/github-secret`, set)).status, 204)

  for (const args of [['migrate'], ['api-key', 'list'], ['serve']]) {
    const {code, stderr} = await run(args, env)
    t.is(code, 1)
    t.regex(stderr, /Stop that server first/)
  }
  const token = (await run(['token', '--sub', 'eve', '--org', 'demo', '--name', 'Eve'], env)).stdout.trim()
  const me = await fetch(`${server.url}/api/v1/me`, {headers: {authorization: `Bearer ${token}`}})
  t.like(await me.json(), {name: 'Eve', role: 'viewer'})

  t.is(await server.end('SIGTERM'), 0)
  await stream.ended()
  t.is(stream.received.at(-1)?.data.type, 'stream.drain')
  await until(() => lines.some(line => line.includes('"stopped"')))
  t.false(lines.some(line => line.startsWith('{') && line.includes(token)))
})

test.serial(
  'an API key that is created while the server is stopped is valid when the server runs again',
  async t => {
    t.timeout(120_000)
    const env = {DATA_DIR: await createDataFolder(t), AUTH_JWT_SECRET: secret}
    const first = await startProcess(env)
    t.teardown(() => first.end('SIGKILL'))
    const token = await mintToken({secret}, {subject: 'ada', organization: 'acme', lifetime: 60})
    t.is((await fetch(`${first.url}/api/v1/me`, {headers: {authorization: `Bearer ${token}`}})).status, 200)
    t.is(await first.end('SIGTERM'), 0)

    const create = ['api-key', 'create', '--org', 'acme', '--name', 'Robot', '--role', 'member']
    const {code, stdout, stderr} = await run(create, env)
    t.is(code, 0, stderr)
    t.regex(stdout, /^bck_[\w-]{43}\n$/)

    const second = await startProcess(env)
    t.teardown(() => second.end('SIGKILL'))
    const me = await fetch(`${second.url}/api/v1/me`, {headers: {'x-api-key': stdout.trim()}})
    t.like(await me.json(), {name: 'Robot', role: 'member'})
  },
)

test.serial('when the port is in use, the program exits with 1 and releases the data folder', async t => {
  t.timeout(120_000)
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const env = {DATA_DIR: await createDataFolder(t)}
  const {code, stderr} = await run([], {...env, PORT: String((other.address() as AddressInfo).port)})
  t.is(code, 1)
  t.regex(stderr, /Port \d+ of 127\.0\.0\.1 is in use/)
  t.like(await run(['migrate'], env), {code: 0, stdout: 'The schema is up to date.\n'})
})
