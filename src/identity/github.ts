/** Verifies webhook deliveries from GitHub by their HMAC signature. */
import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {
  GithubSecrets,
  type HookedProject,
  openGithubSecret,
  type SealedSecret,
  secretContext,
} from '../store/github-secrets.ts'
import {newId} from '../store/ids.ts'
import type {SecretBox} from '../store/secret-box.ts'

/**
 * Returns the project of the delivery. Throws Problem 'invalid-signature' when the signature is missing, malformed or
 * wrong. Also throws this Problem when the project is unknown or has no secret. The message and the amount of work are
 * equal in all these cases, so that callers cannot find out which projects exist.
 */
export type VerifyDelivery = (
  /** The header X-Hub-Signature-256: `sha256=` and 64 hexadecimal digits. */
  signature: string,
  body: Buffer,
) => HookedProject

/**
 * Finds the secret of the project. Call this function before the body is read, so that no body waits in memory for the
 * database. `projectId` is the id in the URL, which may be malformed.
 */
export type FindDeliveryVerifier = (projectId: string) => Promise<VerifyDelivery>

export function createDeliveryVerifiers(db: Database, box: SecretBox): FindDeliveryVerifier {
  const secrets = new GithubSecrets(db)
  const decoy = makeDecoy(box)
  return async projectId => {
    const found = await secrets.find(id.safeParse(projectId).data ?? decoy.project_id)
    const {secret, isReal} = open(box, found, decoy)
    return (signature, body) => {
      const received = parseSignature(signature)
      const expected = createHmac('sha256', secret).update(body).digest()
      const isEqual = timingSafeEqual(expected, received ?? Buffer.alloc(expected.length))
      if (found && isReal && received && isEqual) {
        return {organization_id: found.organization_id, project_id: found.project_id}
      }
      throw invalidSignature()
    }
  }
}

function invalidSignature(): Problem {
  const detail = 'X-Hub-Signature-256 does not match this body and the project’s secret.'
  return new Problem('invalid-signature', detail)
}

/**
 * Returns a secret of typical length that belongs to no project. The server uses this secret when a project has no
 * secret, so that the amount of work is the same.
 */
function makeDecoy(box: SecretBox): SealedSecret {
  const project = {organization_id: newId(), project_id: newId()}
  return {...project, sealed: box.seal(randomBytes(16).toString('hex'), secretContext(project))}
}

/**
 * Decrypts the secret that was found. Decrypts the secret `decoy` instead when no secret was found, or when the secret
 * was encrypted with a different SECRETS_KEY.
 */
function open(box: SecretBox, found: SealedSecret | undefined, decoy: SealedSecret) {
  try {
    return {secret: openGithubSecret(box, found ?? decoy), isReal: found !== undefined}
  } catch {
    return {secret: openGithubSecret(box, decoy), isReal: false}
  }
}

/**
 * When the header is missing or malformed, throws Problem 'invalid-signature', so that the server does not read the
 * body.
 */
export function requireSignatureForm(signature: string): void {
  if (!parseSignature(signature)) throw invalidSignature()
}

function parseSignature(signature: string): Buffer | undefined {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}
