// Tests a server that starts and stops in this process.
import {once} from 'node:events'
import {connect} from 'node:net'
import test from 'ava'
import {pino} from 'pino'
import {serve} from '../../src/commands/serve.ts'
import {readConfig} from '../../src/config.ts'
import {createDataFolder} from '../helpers/data-folder.ts'

test('a stopping server closes a connection that never sends a request', async t => {
  const config = readConfig({DATA_DIR: await createDataFolder(t), HOST: '127.0.0.1', PORT: '0'})
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
