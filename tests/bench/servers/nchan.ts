/** Runs Nchan, the publish-subscribe module of nginx, with one worker. nginx is a child process of this process. */
import {spawn} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {findFreePort} from '../../../conformance/adapters/ports.ts'
import {makeEvent} from './events.ts'
import {type Memory, runServer, type ServerCommands, type ServerOptions} from './run-server.ts'

/** The commands that Nchan has in addition to the common commands of all servers. */
export type NchanCommands = ServerCommands & {
  /**
   * Publishes one message and then `events` events to Nchan's buffer. Returns the request of a reader that has received
   * the message and has missed the events.
   */
  publishMissed(events: number): Promise<{request: string; readyMark: string}>
}

export interface NchanOptions extends ServerOptions {
  /** The path of ngx_nchan_module.so. */
  module: string
  /** The maximum number of connections. This number must be less than the limit of open files. */
  maxConnections: number
}

const startTimeoutMs = 5000 // the maximum time until nginx listens
const lastMark = 'the-last-one'

await runServer(async (options: NchanOptions) => {
  const port = await findFreePort() // nginx would not report a port that it chooses itself
  const worker = await startNginx(configuration(port, options))
  const publish = (body: string) => postMessage(port, body)
  const commands: Omit<NchanCommands, keyof ServerCommands> & Partial<ServerCommands> = {
    cpu: () => cpuOf(worker),
    memory: async () => memoryOf(worker),
    async publishMissed(events) {
      const lastEventId = await publish('known')
      for (let seq = 1; seq < events; seq++) await publish(makeEvent(seq).data)
      await publish(makeEvent(events).data.replace('x'.repeat(lastMark.length), lastMark))
      return {request: subscribe({'Last-Event-ID': lastEventId}), readyMark: lastMark}
    },
  }
  return {
    port,
    request: subscribe(),
    readyMark: '\r\n\r\n', // Nchan sends nothing after the response headers
    trigger: {port, request: publishRequest(makeEvent(1).data)},
    commands,
  }
})

function configuration(port: number, {module, maxConnections, heartbeatSeconds}: NchanOptions): string {
  return `
    load_module ${module};
    daemon off;
    user root;
    worker_processes 1;
    worker_rlimit_nofile ${maxConnections + 100};
    pid nginx.pid;
    error_log error.log;
    events { worker_connections ${maxConnections}; }
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      keepalive_requests 1000000000;
      tcp_nodelay on;
      nchan_max_reserved_memory 256M;
      server {
        listen 127.0.0.1:${port} backlog=4096;
        location = /publish {
          nchan_publisher;
          nchan_channel_id board;
          nchan_message_buffer_length 200;
          nchan_message_timeout 1h;
        }
        location = /events {
          nchan_subscriber eventsource;
          nchan_channel_id board;
          nchan_subscriber_first_message newest;
          nchan_eventsource_ping_interval ${heartbeatSeconds};
        }
      }
    }`
}

/** Starts nginx. When nginx listens, resolves with the pid of the nginx worker. */
async function startNginx(text: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-nchan-'))
  writeFileSync(join(folder, 'nginx.conf'), text)
  // Because of `--pdeathsig`, the system ends nginx when this process exits or is killed.
  const command = ['--pdeathsig', 'TERM', 'nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'error.log']
  const nginx = spawn('setpriv', command, {stdio: ['ignore', 'ignore', 'inherit']})
  process.once('exit', () => {
    nginx.kill()
    rmSync(folder, {recursive: true, force: true})
  })
  const latest = Date.now() + startTimeoutMs
  while (Date.now() < latest && nginx.exitCode === null) {
    await delay(50)
    const children = readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, 'utf8')
    if (children !== '') return Number(children)
  }
  throw new Error(`nginx did not start: ${readFileSync(join(folder, 'error.log'), 'utf8')}`)
}

function subscribe(headers: Record<string, string> = {}): string {
  const all = {Host: 'localhost', Accept: 'text/event-stream', ...headers}
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET /events HTTP/1.1\r\n${lines.join('')}\r\n`
}

function publishRequest(data: string): string {
  const headers = `Host: localhost\r\nX-EventSource-Event: status_changed\r\nContent-Length: ${data.length}`
  return `POST /publish HTTP/1.1\r\n${headers}\r\n\r\n${data}`
}

/** Publishes a message; returns its id. */
async function postMessage(port: number, body: string): Promise<string> {
  const headers = {accept: 'application/json', 'x-eventsource-event': 'status_changed'}
  const response = await fetch(`http://127.0.0.1:${port}/publish`, {method: 'POST', headers, body})
  const {last_message_id} = (await response.json()) as {last_message_id: string}
  return last_message_id
}

/**
 * Returns the microseconds of CPU time that the process has used. The file `schedstat` is more precise than the
 * file `stat`.
 */
function cpuOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000
}

function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {rss: Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024, heap: Number.NaN}
}
