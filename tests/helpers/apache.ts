/** Starts Apache with mod_proxy_http in front of a server. */
import type {ExecutionContext} from 'ava'
import {documentedConfiguration} from './documented-configuration.ts'
import {startProxyProgram} from './proxy-program.ts'

const modules = [
  'mpm_event',
  'authz_core',
  'deflate',
  'filter',
  'headers',
  'lbmethod_bybusyness',
  'proxy',
  'proxy_balancer',
  'proxy_http',
  'slotmem_shm',
]
// The folder of the modules in Debian's package apache2.
const moduleFolder = '/usr/lib/apache2/modules'

/**
 * Returns the URL of Apache, which forwards all requests to the server. The configuration is the configuration in
 * docs/running.md, with one server and without TLS. `directives` are added to the virtual host. `parameters` are added
 * to the directive `BalancerMember`, for example `flushpackets=off`.
 */
export function startApache(
  t: ExecutionContext,
  target: string,
  directives = '',
  parameters = '',
): Promise<string> {
  return startProxyProgram(t, 'apache2', (port, folder) => {
    const host = documentedConfiguration('apache', [
      [/<VirtualHost \*:443>/, `<VirtualHost 127.0.0.1:${port}>`],
      [/^ *(?:Protocols|SSL\w+) .*$/gm, ''],
      [/http:\/\/10\.0\.0\.11:8080/, target],
      [/^ *BalancerMember http:\/\/10\.0\.0\.12.*$/m, ''],
      [/^( *BalancerMember .*)$/m, `$1 ${parameters}`],
      [/<\/VirtualHost>/, `${directives}\n</VirtualHost>`],
    ])
    return `
      ${modules.map(name => `LoadModule ${name}_module ${moduleFolder}/mod_${name}.so`).join('\n')}
      ServerName localhost
      DefaultRuntimeDir ${folder}
      PidFile ${folder}/apache.pid
      ErrorLog ${folder}/error.log
      Listen 127.0.0.1:${port}
      ${host}`
  })
}
