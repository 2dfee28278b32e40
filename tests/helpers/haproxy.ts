/** Starts HAProxy in front of a server. */
import type {ExecutionContext} from 'ava'
import {documentedConfiguration} from './documented-configuration.ts'
import {startProxyProgram} from './proxy-program.ts'

/**
 * Returns the URL of HAProxy, which forwards all requests to the server. The configuration is the configuration in
 * docs/running.md, with one server and without TLS. `directives` are added to the section `backend`, where they
 * replace earlier directives of the same name.
 */
export function startHAProxy(t: ExecutionContext, target: string, directives = ''): Promise<string> {
  const {host} = new URL(target)
  return startProxyProgram(t, 'haproxy', port => {
    const configuration = documentedConfiguration('haproxy', [
      [/^ *maxconn .*$/m, ''], // HAProxy does not start if the limit of open files is lower
      [/bind :443 .*$/m, `bind 127.0.0.1:${port}`],
      [/10\.0\.0\.11:8080/, host],
      [/^ *server b .*$/m, ''],
    ])
    // On a busy machine, a check of the health can take longer than the documented interval.
    return `${configuration}\ntimeout check 20s\n${directives}\n`
  })
}
