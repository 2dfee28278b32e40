/** Nchan, the publish-subscribe module of nginx, with its history in memory. Needs nginx and Debian's package of Nchan. */
import {execFileSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Adapter} from '../adapter.ts'
import {ChildServer} from './child-server.ts'
import {findFreePort} from './ports.ts'
import {sendOk} from './requests.ts'

const module = '/usr/lib/nginx/modules/ngx_nchan_module.so'
const bufferedEvents = 2_000

const adapter: Adapter = {
  name: 'Nchan',
  missing: () => (existsSync(module) ? undefined : `${module} is missing; install libnginx-mod-nchan`),
  async start() {
    const port = await findFreePort()
    const origin = `http://127.0.0.1:${port}`
    const folder = mkdtempSync(join(tmpdir(), 'conformance-nchan-'))
    writeFileSync(join(folder, 'nginx.conf'), configuration(port))
    const command = ['nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'error.log']
    const env = {PATH: `${process.env.PATH}:/usr/sbin`}
    const server = new ChildServer({command, env, port})
    await server.start()
    return {
      version: version(),
      stream: {url: `${origin}/events`},
      publish: async text =>
        void (await sendOk('POST', `${origin}/publish`, {'Content-Type': 'text/plain'}, text)),
      async stop() {
        await server.kill()
        rmSync(folder, {recursive: true, force: true})
      },
      resume: {},
      heartbeatSeconds: 1,
      process: {
        kill: () => server.kill(),
        terminate: () => server.terminate(),
        start: () => server.start(),
      },
      memoryBytes: async () => memoryOf(server.pid),
      async openStreams() {
        const body = await sendOk('GET', `${origin}/publish`, {Accept: 'application/json'})
        return JSON.parse(body).subscribers
      },
    }
  },
}

export default adapter

function configuration(port: number): string {
  return `
    load_module ${module};
    daemon off;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    pid nginx.pid;
    error_log error.log;
    events { worker_connections 1024; }
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      client_max_body_size 8m;
      client_body_buffer_size 8m;
      nchan_max_reserved_memory 256M;
      server {
        listen 127.0.0.1:${port};
        location = /publish {
          nchan_publisher;
          nchan_channel_id conformance;
          nchan_message_buffer_length ${bufferedEvents};
          nchan_message_timeout 1h;
        }
        location = /events {
          nchan_subscriber eventsource;
          nchan_channel_id conformance;
          nchan_subscriber_first_message newest;
          nchan_eventsource_ping_interval 1;
        }
        location / { return 404; }
      }
    }`
}

function version(): string {
  const nginx = /nginx\/[\d.]+/.exec(outputOf('nginx', ['-V']))?.[0] ?? 'nginx'
  const nchan = /^Version: (?:\d+:)?([\d.]+)/m.exec(outputOf('dpkg', ['--status', 'libnginx-mod-nchan']))?.[1]
  return `${nchan ?? 'unknown'} in ${nginx.replace('/', ' ')}`
}

function outputOf(program: string, args: string[]): string {
  try {
    const env = {...process.env, PATH: `${process.env.PATH}:/usr/sbin`}
    return execFileSync('sh', ['-c', '"$0" "$@" 2>&1', program, ...args], {env, encoding: 'utf8'})
  } catch {
    return ''
  }
}

/** The worker holds the events. The process that was started is its parent. */
function memoryOf(parent: number): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')
  const status = readFileSync(`/proc/${children[0]}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
}
