/** Makes a server listen on the address of the settings. */
import type {AddressInfo, Server} from 'node:net'
import type {Config} from '../config.ts'
import {CommandError} from './command-error.ts'

// The maximum number of connections that wait to be accepted. The number is high, because after a restart all clients
// reconnect at the same time.
const backlog = 4096

/**
 * Resolves with the port when the server listens. Throws CommandError when the address is unavailable. `setting` is the
 * name of the setting of the port, for the error message.
 */
export async function listen(
  server: Server,
  {host, port}: Pick<Config, 'host' | 'port'>,
  setting = 'PORT',
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({host, port, backlog}, resolve)
  }).catch(cause => {
    throw new CommandError(explainListenError(cause, host, port, setting), {cause})
  })
  return (server.address() as AddressInfo).port
}

function explainListenError(
  {code, message}: NodeJS.ErrnoException,
  host: string,
  port: number,
  setting: string,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use. Stop the program that uses this port, or change ${setting}.`
    case 'EACCES':
      return `This user is not allowed to listen on port ${port} of ${host}. Set ${setting} to 1024 or more.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Set HOST to an address of this machine.`
    default:
      return `Cannot listen on port ${port} of ${host}: ${message}`
  }
}

/** Returns an address that a client on this machine can use, even when the server listens on all interfaces. */
export function urlOf({host, tls}: Pick<Config, 'host' | 'tls'>, port: number): string {
  const scheme = tls ? 'https' : 'http'
  if (host === '0.0.0.0' || host === '::') return `${scheme}://localhost:${port}`
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
