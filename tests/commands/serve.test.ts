// Tests a server that starts and stops in this process.
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test from 'ava'
import {pino} from 'pino'
import {serve} from '../../src/commands/serve.ts'
import {readConfig} from '../../src/config.ts'

test('a stopping server closes a connection that never sends a request', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'boardcast-serve-'))
  t.teardown(() => rm(dataDir, {recursive: true, force: true}))
  const config = readConfig({DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '0'})
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
