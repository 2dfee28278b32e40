/** Checks the connection to a deployment: TLS, and the versions of HTTP that the deployment offers. */
import {once} from 'node:events'
import {connect as connectTcp, type Socket} from 'node:net'
import {connect as connectTls, type TLSSocket} from 'node:tls'
import type {Deployment} from './deployment-request.ts'
import {type Check, check} from './findings.ts'

const timeoutMs = 10_000
const dayMs = 86_400_000
const minValidDays = 14

export async function* checkConnection({url}: Deployment): Check {
  const isTls = url.protocol === 'https:'
  let socket: Socket | TLSSocket | undefined
  const connection = await check('connection', async () => {
    const startedAt = performance.now()
    socket = await connect(url)
    return `established in ${Math.round(performance.now() - startedAt)} ms`
  })
  try {
    yield {...connection, isRequired: true}
    if (!socket) return
    // When the certificate is not valid, the credential must not be sent.
    yield {
      ...(await check('TLS', () => (isTls ? checkTls(socket as TLSSocket) : checkPlain(url)))),
      isRequired: isTls,
    }
    yield await check('HTTP version', () => checkVersion(isTls ? (socket as TLSSocket) : undefined))
  } finally {
    socket?.destroy()
  }
}

/** Resolves with the socket when the connection is established, even when the certificate is not valid. */
async function connect({protocol, hostname, port}: URL): Promise<Socket | TLSSocket> {
  const isTls = protocol === 'https:'
  const host = hostname.replace(/^\[(.*)\]$/, '$1') // the brackets of an IPv6 address
  const options = {host, port: Number(port) || (isTls ? 443 : 80)}
  const socket = isTls
    ? connectTls({...options, servername: host, ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false})
    : connectTcp(options)
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    await once(socket, isTls ? 'secureConnect' : 'connect', {signal})
    return socket
  } catch (error) {
    socket.destroy()
    const message = `No connection to ${host}, port ${options.port}. Check the name, the port, the firewall, and that the proxy runs.`
    throw new Error(message, {cause: error})
  }
}

const certificateRemedies: Record<string, string> = {
  CERT_HAS_EXPIRED: 'Renew the certificate.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use a certificate with the name of this host.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'Configure the proxy with the whole chain: the certificate and the intermediate certificates.',
}
const otherRemedy =
  'Use a certificate of a public authority. If the authority is your own, set NODE_EXTRA_CA_CERTS to its certificate.'

function checkTls(socket: TLSSocket): string {
  if (!socket.authorized) {
    const reason = String(socket.authorizationError)
    const remedy = certificateRemedies[reason] ?? otherRemedy
    throw new Error(`The certificate is not valid (${reason}). ${remedy}`)
  }
  const validUntil = new Date(socket.getPeerCertificate().valid_to)
  const days = Math.floor((validUntil.getTime() - Date.now()) / dayMs)
  if (days < minValidDays) throw new Error(`The certificate expires in ${days} days. Renew the certificate.`)
  return `${socket.getProtocol()}, the certificate is valid for ${days} days`
}

const loopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/

function checkPlain({hostname}: URL): string {
  if (loopback.test(hostname)) return 'not used, because the host is this machine'
  throw new Error(
    'The URL has no TLS, so credentials can be read on the way. Use https:// with a proxy that terminates TLS.',
  )
}

function checkVersion(socket: TLSSocket | undefined): string {
  if (!socket) return 'HTTP/1.1, because browsers use HTTP/2 only with TLS'
  if (socket.alpnProtocol === 'h2') return 'HTTP/2 is offered to browsers'
  throw new Error(
    'Only HTTP/1.1 is offered. A browser then opens at most 6 connections in all tabs together, and each stream occupies one. Enable HTTP/2 in the proxy.',
  )
}
