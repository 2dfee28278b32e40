/** Who calls a project's hook: GitHub, which proves it by what it signs with the secret that the two share. */
import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto'
import {id} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {
  findGithubSecret,
  type HookedProject,
  openGithubSecret,
  placeOf,
  type SealedSecret,
} from '../store/github-secrets.ts'
import {newId} from '../store/ids.ts'
import type {SecretBox} from '../store/secret-box.ts'

/**
 * Answers the project whose hook this is. Throws Problem 'invalid-signature', the same after the same work, whether
 * the signature is missing, malformed or wrong, the project unknown, or without a secret: nobody learns which
 * projects there are.
 */
export type VerifyDelivery = (
  /** As the path has it, which may be no id at all. */
  projectId: string,
  /** X-Hub-Signature-256: `sha256=` and 64 hexadecimal digits. */
  signature: string,
  body: Buffer,
) => Promise<HookedProject>

export function createDeliveryVerifier(db: Database, box: SecretBox): VerifyDelivery {
  const decoy = makeDecoy(box)
  return async (projectId, signature, body) => {
    const found = await findGithubSecret(db, id.safeParse(projectId).data ?? decoy.project_id)
    const {secret, isReal} = open(box, found, decoy)
    const given = parseSignature(signature)
    const expected = createHmac('sha256', secret).update(body).digest()
    const isEqual = timingSafeEqual(expected, given ?? Buffer.alloc(expected.length))
    if (found && isReal && given && isEqual) {
      return {organization_id: found.organization_id, project_id: found.project_id}
    }
    throw new Problem(
      'invalid-signature',
      'X-Hub-Signature-256 is not what this project’s secret makes of this body.',
    )
  }
}

/** The secret of nobody, of the length that most have. */
function makeDecoy(box: SecretBox): SealedSecret {
  const project = {organization_id: newId(), project_id: newId()}
  return {...project, sealed: box.seal(randomBytes(16).toString('hex'), placeOf(project))}
}

/** What was sealed with an earlier SECRETS_KEY is no secret any more. */
function open(box: SecretBox, found: SealedSecret | undefined, decoy: SealedSecret) {
  try {
    return {secret: openGithubSecret(box, found ?? decoy), isReal: found !== undefined}
  } catch {
    return {secret: openGithubSecret(box, decoy), isReal: false}
  }
}

function parseSignature(signature: string): Buffer | undefined {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}
