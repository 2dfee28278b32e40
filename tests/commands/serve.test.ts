// Tests a server that starts and stops in this process.
import {once} from 'node:events'
import {connect} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {pino} from 'pino'
import {serve} from '../../src/commands/serve.ts'
import {readConfig} from '../../src/config.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'

const secret = 's'.repeat(32)

test('a stopping server closes a connection that never sends a request', async t => {
  const config = readConfig({...(await newStore(t)), AUTH_JWT_SECRET: secret})
  const server = await serve(config, pino({level: 'silent'}), {responseTimeoutMs: 50})

  const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
  t.teardown(() => silent.destroy())
  await once(silent, 'connect')
  t.is(
    (await fetch(`${server.url}/livez`)).status,
    200,
    'the server has also accepted the earlier connection',
  )
  await Promise.all([once(silent, 'close'), server.stop()])
  await t.throwsAsync(fetch(`${server.url}/livez`))
})

test('the server logs a warning if the key set is fetched without TLS', async t => {
  const messages: string[] = []
  const log = pino({level: 'warn'}, {write: line => messages.push(JSON.parse(line).msg)})
  const env = await newStore(t)
  for (const scheme of ['https', 'http']) {
    const url = `${scheme}://issuer.example/jwks`
    await (await serve(readConfig({...env, AUTH_JWKS_URL: url}), log)).stop()
    if (scheme === 'https') t.deepEqual(messages, [])
  }
  t.is(messages.filter(message => message.startsWith('AUTH_JWKS_URL is not https')).length, 1)
})

test('when the settings are lost and the folder contains data of real organizations, the server does not start as a demo', async t => {
  const settings = {DATA_DIR: await createDataFolder(t), HOST: '127.0.0.1', PORT: '0'}
  const log = pino({level: 'silent'})
  const configured = await serve(readConfig({...settings, AUTH_JWT_SECRET: secret}), log)
  const token = await mintToken({secret}, {subject: 'ada', organization: 'acme', lifetime: 60})
  t.is(
    (await fetch(`${configured.url}/api/v1/me`, {headers: {authorization: `Bearer ${token}`}})).status,
    200,
  )
  await configured.stop()
  await t.throwsAsync(serve(readConfig(settings), log), {code: 'command-failed', message: /not a demo/})

  const demo = {...settings, DATA_DIR: await createDataFolder(t)}
  for (const _ of ['first start', 'second start']) await (await serve(readConfig(demo), log)).stop()
})

/** The start of a server on Postgres needs much less CPU time than a start with the embedded store. */
async function newStore(t: ExecutionContext): Promise<Record<string, string>> {
  const store = hasPostgres ? {DATABASE_URL: await createDatabase()} : {DATA_DIR: await createDataFolder(t)}
  return {...store, HOST: '127.0.0.1', PORT: '0'}
}
