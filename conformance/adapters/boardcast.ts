/**
 * Boardcast, with its embedded database, or with the Postgres database in `--option databaseUrl=postgres://…`.
 * `--option main=path` names the program; default: `dist/main.js` of this repository. Run `npm run compile` first.
 */
import {createHmac} from 'node:crypto'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {Adapter, Target} from '../adapter.ts'
import {ChildServer, residentBytes} from './child-server.ts'
import {findFreePort} from './ports.ts'
import {sendOk} from './requests.ts'

const secret = 'the-secret-of-the-conformance-suite'
const maxTextLength = 10_000
const root = new URL('../../', import.meta.url)
const defaultMain = fileURLToPath(new URL('dist/main.js', root))

const adapter: Adapter = {
  name: 'Boardcast',
  async start({options: {databaseUrl, dataDir: givenDataDir, main = defaultMain}}) {
    if (!existsSync(main)) throw new Error(`${main} does not exist. Run npm run compile first.`)
    const port = await findFreePort()
    const origin = `http://127.0.0.1:${port}`
    const dataDir = givenDataDir ?? mkdtempSync(join(tmpdir(), 'conformance-boardcast-'))
    const server = new ChildServer({
      command: [process.execPath, main],
      port,
      env: {
        HOST: '127.0.0.1',
        PORT: String(port),
        AUTH_JWT_SECRET: secret,
        CORS_ORIGINS: 'https://allowed.example',
        HEARTBEAT_SECONDS: '1',
        DRAIN_SECONDS: '1',
        LOG_LEVEL: 'error',
        MAX_STREAMS_PER_USER: '1000',
        MAX_STREAM_OPENS_PER_MINUTE: '0',
        MAX_CHANGES_PER_MINUTE_PER_USER: '0',
        MAX_CHANGES_PER_MINUTE_PER_ORG: '0',
        MAX_REFUSALS_PER_MINUTE: '0',
        ...(databaseUrl ? {DATABASE_URL: databaseUrl} : {DATA_DIR: dataDir}),
      },
    })
    await server.start()
    const headers = {Authorization: `Bearer ${tokenFor(3_600)}`}
    const json = {...headers, 'Content-Type': 'application/json'}
    const project = JSON.parse(
      await sendOk('POST', `${origin}/api/v1/projects`, json, '{"name":"Conformance"}'),
    )
    const url = `${origin}/api/v1/events/projects?project_id=${project.id}`
    const activity = `${origin}/api/v1/projects/${project.id}/activity`
    const target: Target = {
      version: JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version,
      stream: {url, headers},
      async publish(message) {
        const body = JSON.stringify({type: 'workflow.error', workflow: 'conformance', message})
        await sendOk('POST', activity, json, body)
      },
      async stop() {
        await server.kill()
        if (!givenDataDir) rmSync(dataDir, {recursive: true, force: true})
      },
      textOf: ({type, data}) => (type === 'workflow.error' ? JSON.parse(data).message : undefined),
      accepts: text => text.length >= 1 && !text.includes('\0'),
      maxTextLength,
      isReady: ({type}) => type === 'stream.ready',
      resume: {
        isGap: ({type}) => type === 'stream.reset',
        futureId: id => id.replace(/\d+$/, seq => String(Number(seq) + 1_000_000)),
        parameter: 'lastEventId',
        isDurable: true,
      },
      heartbeatSeconds: 1,
      origins: {allowed: 'https://allowed.example', refused: 'https://refused.example'},
      unauthorized: {url, headers: {Authorization: 'Bearer invalid'}},
      async expire() {
        const seconds = 6 // the stream opens and receives an event in this time, even on a busy machine
        const endsAt = (Math.floor(Date.now() / 1000) + seconds) * 1000
        const stream = {url, headers: {Authorization: `Bearer ${tokenFor(seconds)}`}}
        return {stream, endsAt, isExpiry: ({type}) => type === 'stream.expired'}
      },
      process: {
        kill: () => server.kill(),
        terminate: () => server.terminate(),
        start: () => server.start(),
        isDrain: ({type}) => type === 'stream.drain',
      },
      ...(residentBytes && {memoryBytes: () => residentBytes!(server.pid)}),
    }
    return target
  },
}

export default adapter

/** Returns a token that expires after this number of seconds. */
function tokenFor(seconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {sub: 'conformance', org_id: 'conformance', org_role: 'admin', iat: now, exp: now + seconds}
  const parts = [{alg: 'HS256', typ: 'JWT'}, claims]
  const text = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
