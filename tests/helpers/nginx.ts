/** Starts nginx in front of a server. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {accepts, findFreePort} from './free-port.ts'
import {until} from './until.ts'

/**
 * Returns the URL of nginx, which forwards all requests to the server. `directives` are added to the block `location`.
 * nginx is stopped at the end of the test.
 */
export async function startNginx(t: ExecutionContext, target: string, directives: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-nginx-'))
  const port = await findFreePort()
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off;
    worker_processes 1;
    pid nginx.pid;
    error_log error.log;
    events {}
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass ${target};
          proxy_set_header Host $http_host;
          ${directives}
        }
      }
    }`,
  )
  const nginx = spawn('nginx', ['-p', folder, '-e', 'error.log', '-c', 'nginx.conf'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(nginx, 'exit')
  t.teardown(async () => {
    nginx.kill('SIGTERM')
    await exited
    await rm(folder, {recursive: true})
  })
  await until(async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx has exited with ${nginx.exitCode}`)
    return accepts(port)
  })
  return `http://127.0.0.1:${port}`
}
