// Creates certificates for tests with the program `openssl`.
import {execFileSync} from 'node:child_process'
import {copyFileSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import ava, {type TestFn} from 'ava'
import {isInstalled} from './is-installed.ts'
import {skipping} from './skipping.ts'
import type {TearsDown} from './tears-down.ts'

const hasOpenssl = isInstalled('openssl', 'version') || process.env.CI === 'true'

/** ava's `test` for tests that need `openssl`. */
export const test: TestFn = hasOpenssl ? ava : skipping('openssl', 'install openssl')

export interface TestCertificate {
  certFile: string
  keyFile: string
  /** Replaces both files with those of another certificate. */
  replaceWith(other: TestCertificate): void
  /** Replaces only the key with the key of another certificate. */
  replaceKeyWith(other: TestCertificate): void
}

/** Creates a certificate for 127.0.0.1 that is signed with its own key. The files are deleted at the end of the test. */
export function createCertificate(t: TearsDown, name = '127.0.0.1'): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-certificate-'))
  t.teardown(() => rmSync(folder, {recursive: true}))
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', certFile], {stdio: 'ignore'})
  return {
    certFile,
    keyFile,
    replaceWith(other) {
      copyFileSync(other.certFile, certFile)
      copyFileSync(other.keyFile, keyFile)
    },
    replaceKeyWith: other => copyFileSync(other.keyFile, keyFile),
  }
}
