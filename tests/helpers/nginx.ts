/** Starts nginx in front of a server. */
import type {ExecutionContext} from 'ava'
import {startProxyProgram} from './proxy-program.ts'

/** Returns the URL of nginx, which forwards all requests to the server. `directives` are added to the block `location`. */
export function startNginx(t: ExecutionContext, target: string, directives: string): Promise<string> {
  return startProxyProgram(
    t,
    'nginx',
    port => `daemon off;
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
}
