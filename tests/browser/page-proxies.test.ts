// Tests the page behind the proxies of Debian, with the configurations that docs/running.md recommends and with settings
// that disturb streams.
import type {ExecutionContext} from 'ava'
import {startApache} from '../helpers/apache.ts'
import {test} from '../helpers/browser.ts'
import {startHAProxy} from '../helpers/haproxy.ts'
import {createBoard} from '../helpers/new-board.ts'
import {startNginx} from '../helpers/nginx.ts'
import {startPageServer} from '../helpers/page-server.ts'
import {type ProxyProgram, testWith} from '../helpers/proxy-program.ts'
import {Stream} from '../helpers/stream.ts'

const heartbeatSeconds = 0.5

const server = await startPageServer({live: {heartbeatSeconds}})

interface Path {
  name: string
  program: ProxyProgram
  /** Starts the proxy and returns its URL. */
  start(t: ExecutionContext): Promise<string>
  /** The transport that the page uses. Default: stream. */
  transport?: 'poll'
}

const compressesStreams = `
  filter compression
  compression algo gzip
  compression type text/event-stream`

const paths: Path[] = [
  {
    name: 'an nginx that buffers and uses HTTP/1.0',
    program: 'nginx',
    start: t => startNginx(t, server.url, 'proxy_ignore_headers X-Accel-Buffering; proxy_http_version 1.0;'),
    transport: 'poll',
  },
  {
    name: 'an HAProxy as in docs/running.md',
    program: 'haproxy',
    start: t => startHAProxy(t, server.url),
  },
  {
    name: 'an HAProxy that would compress streams if the server did not forbid this',
    program: 'haproxy',
    start: t => startHAProxy(t, server.url, compressesStreams),
  },
  {
    name: 'an HAProxy that waits for the whole body of a response',
    program: 'haproxy',
    start: t => startHAProxy(t, server.url, 'http-response wait-for-body time 20s'),
    transport: 'poll',
  },
  {
    name: 'an Apache as in docs/running.md',
    program: 'apache2',
    start: t => startApache(t, server.url),
  },
  {
    name: 'an Apache with large buffers that are not flushed',
    program: 'apache2',
    start: t => startApache(t, server.url, 'ProxyIOBufferSize 65536', 'flushpackets=off'),
  },
  {
    name: 'an Apache that compresses streams',
    program: 'apache2',
    start: t => startApache(t, server.url, 'SetOutputFilter DEFLATE\nDeflateBufferSize 65536'),
  },
]

for (const {name, program, start, transport = 'stream'} of paths) {
  testWith([program], test).serial(
    `behind ${name}, the page becomes live with ${transport === 'poll' ? 'long polls' : 'a stream'}, and shows the changes of others`,
    async t => {
      const url = await start(t)
      const board = await createBoard({...server, url})
      const startedAt = Date.now()
      const bob = await board.open(t, 'bob')
      t.log(`live after ${Date.now() - startedAt} ms`)
      await board.ada.put(`/tasks/${board.task.id}/ownership`)
      await bob.sees('Fill the tank', 'Owned')
      await board.ada.put(`/tasks/${board.task.id}/status`, {status: 'in_progress'})
      await bob.sees('Fill the tank', 'In progress')
      const title = await bob.page.locator('.connection').getAttribute('title')
      t.is(title?.includes('long polling') ? 'poll' : 'stream', transport)
    },
  )
}

const impatient: Path[] = [
  {
    name: 'nginx',
    program: 'nginx',
    start: t => startNginx(t, server.url, 'proxy_http_version 1.1; proxy_read_timeout 2s;'),
  },
  {
    name: 'HAProxy',
    program: 'haproxy',
    start: t => startHAProxy(t, server.url, 'timeout server 2s'),
  },
  {
    name: 'Apache',
    program: 'apache2',
    start: t => startApache(t, server.url, 'ProxyTimeout 2'),
  },
]

for (const {name, program, start} of impatient) {
  testWith([program], test).serial(
    `heartbeats keep an idle stream open behind ${name} when its timeout is longer than the heartbeat interval`,
    async t => {
      const url = await start(t)
      const org = `idle-${program}`
      await server.team(org)
      const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
      const headers = {authorization: `Bearer ${token}`}
      const stream = await Stream.open(`${url}/api/v1/events`, {headers})
      t.teardown(() => stream.close())
      const heartbeats = () => stream.received.filter(({data}) => data?.type === 'stream.heartbeat').length
      await stream.waitUntil(() => heartbeats() >= 3 / heartbeatSeconds)
      t.false(stream.hasEnded)
    },
  )
}
