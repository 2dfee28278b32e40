import {randomBytes} from 'node:crypto'
import {parseCommandLine, UsageError} from '../../src/commands/command-line.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {run, startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'

const METRICS_TOKEN = 'a-token-for-metrics'

for (const WORKERS of ['1', '2']) {
  test.serial(
    `stats lists the organizations with their rows, and with --url their streams (workers: ${WORKERS})`,
    async t => {
      t.timeout(120_000)
      const secret = randomBytes(32).toString('hex')
      const env = {
        DATABASE_URL: await createDatabase(),
        AUTH_JWT_SECRET: secret,
        METRICS_TOKEN,
        WORKERS,
        DRAIN_SECONDS: '0',
      }
      const server = await startProcess(env)
      t.teardown(() => server.end('SIGKILL'))
      const tokenFor = (subject: string, organization: string) =>
        mintToken({secret}, {subject, organization, role: 'admin', lifetime: 600})
      for (const [organization, projects] of [
        ['busy', 3],
        ['quiet', 1],
      ] as const) {
        const authorization = `Bearer ${await tokenFor('ada', organization)}`
        for (let n = 0; n < projects; n++) {
          const response = await fetch(`${server.url}/api/v1/projects`, {
            method: 'POST',
            headers: {authorization, 'content-type': 'application/json'},
            body: JSON.stringify({name: 'Rocket'}),
          })
          t.is(response.status, 201)
        }
      }
      for (const organization of ['quiet', 'quiet', 'busy']) {
        const token = await tokenFor('ada', organization)
        await (await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`)).waitFor('stream.ready')
      }
      const list = await fetch(`${server.url}/metrics/organizations`)
      t.is(list.status, 401)

      const rows = await stats(env)
      t.deepEqual(rows[0], ['organization', 'id', 'events', 'kept', 'bytes', 'members', 'tasks'])
      // An organization has an event for its first member, and an event for each project. The texts of a project
      // have 14 bytes: its name and its phase.
      t.deepEqual(
        rows.slice(1).map(([name, , ...counts]) => [name, ...counts]),
        [
          ['busy', '4', '4', '42', '1', '0'],
          ['quiet', '2', '2', '14', '1', '0'],
        ],
      )
      const withStreams = await stats(env, '--url', server.url, '--by', 'streams', '--limit', '1')
      t.deepEqual(
        withStreams.slice(1).map(([name, , streams]) => [name, streams]),
        [['quiet', '2']],
      )
      t.is(withStreams[0]![2], 'streams')
    },
  )
}

test.serial('stats explains what is missing when the streams cannot be read', async t => {
  const env = {DATABASE_URL: await createDatabase()}
  const failed = async (settings: object, ...args: string[]) => {
    const {code, stderr} = await run(['stats', ...args], {...env, ...settings})
    t.true(code > 0)
    return stderr
  }
  t.regex(await failed({}, '--url', 'http://127.0.0.1:1'), /Set METRICS_TOKEN/)
  t.regex(await failed({METRICS_TOKEN}, '--url', 'http://127.0.0.1:1'), /cannot be reached/)
})

test('stats explains invalid options', t => {
  const invalid: [message: RegExp, ...args: string[]][] = [
    [/streams needs --url/, '--by', 'streams'],
    [/Unknown column name/, '--by', 'name'],
    [/Invalid limit 0/, '--limit', '0'],
    [/Invalid URL/, '--url', 'ftp://x'],
  ]
  for (const [message, ...args] of invalid)
    t.throws(() => parseCommandLine(['stats', ...args]), {instanceOf: UsageError, message})
})

async function stats(env: Record<string, string>, ...args: string[]): Promise<string[][]> {
  const {code, stdout, stderr} = await run(['stats', ...args], env)
  if (code !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map(line => line.split(/ {2,}/))
}
