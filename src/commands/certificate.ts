/** Reads the certificate of TLS, and reads it again when its files change. */
import {readFile} from 'node:fs/promises'
import {createSecureContext, type Server} from 'node:tls'
import type {Logger} from 'pino'
import type {TlsConfig} from '../config.ts'
import {CommandError} from './command-error.ts'

export interface Certificate {
  /** The certificate with its chain, in PEM. */
  cert: Buffer
  /** The private key, in PEM. */
  key: Buffer
}

const checkIntervalMs = 10_000

/** Throws CommandError when a file cannot be read, or when the key does not belong to the certificate. */
export async function readCertificate({certFile, keyFile}: TlsConfig): Promise<Certificate> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)])
    createSecureContext({cert, key})
    return {cert, key}
  } catch (cause) {
    throw new CommandError(
      `TLS_CERT_FILE and TLS_KEY_FILE cannot be used: ${(cause as Error).message}. Both files must be in PEM, and the key must belong to the certificate.`,
      {cause},
    )
  }
}

/**
 * Reads the files at intervals, because many tools replace a certificate by renaming a folder or a link. New connections
 * use the new certificate. When the new files cannot be used, for example because only one file has been replaced so
 * far, the server continues to use the old certificate. Returns a function that stops the reading.
 */
export function watchCertificate(
  server: Pick<Server, 'setSecureContext'>,
  {current, files, log}: {current: Certificate; files: TlsConfig; log: Logger},
  intervalMs = checkIntervalMs,
): () => void {
  let used = current
  let hasFailed = false
  let isReading = false
  const check = async () => {
    const read = await readCertificate(files)
    hasFailed = false
    if (read.cert.equals(used.cert) && read.key.equals(used.key)) return
    server.setSecureContext(read)
    used = read
    log.info('the TLS certificate was replaced')
  }
  const timer = setInterval(() => {
    if (isReading) return
    isReading = true
    check()
      .catch(err => {
        if (!hasFailed) log.warn({err}, 'the new TLS certificate cannot be used; the old one stays in use')
        hasFailed = true
      })
      .finally(() => {
        isReading = false
      })
  }, intervalMs).unref()
  return () => clearInterval(timer)
}
