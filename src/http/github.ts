/** Receives GitHub's webhooks and checks their signatures. An admin sets the secret with which GitHub signs. */
import {hash} from 'node:crypto'
import Router from '@koa/router'
import type {Context} from 'koa'
import {z} from 'zod'
import {text} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import type {Quotas} from '../board/quotas.ts'
import {commitWithoutCaller} from '../changes/commit-change.ts'
import {type DeliveryContent, recordDelivery} from '../changes/record-delivery.ts'
import {setGithubSecret} from '../changes/set-github-secret.ts'
import {createDeliveryVerifiers, type FindDeliveryVerifier, requireSignatureForm} from '../identity/github.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import type {Database} from '../store/connection.ts'
import type {HookedProject} from '../store/github-secrets.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {BodyReader} from './body-reader.ts'
import {commitAndPublish, type Publish} from './commit-and-publish.ts'
import {readDelivery} from './github-payload.ts'
import {requireRate} from './rate-limits.ts'
import {RefusalLimit} from './refusal-limit.ts'
import type {RequestCounts} from './request-counts.ts'
import {route} from './route.ts'
import {traceChange} from './trace-change.ts'

export const githubRoutes = [
  route({
    method: 'put',
    path: '/projects/{id}/github-secret',
    operationId: 'setGithubSecret',
    tag: 'GitHub',
    summary: 'Set the secret with which GitHub signs webhooks for the project.',
    ids: {id: 'project-not-found'},
    role: 'admin',
    body: z.strictObject({secret: text({min: 16, max: 1_000})}),
    success: 204,
    problems: ['secrets-key-missing'],
    change: ({ids, body}, {secrets}) => setGithubSecret(requireBox(secrets), ids.id, body.secret),
  }),
]

export const githubHookPath = '/api/v1/hooks/github/{project_id}'

export const deliverySchema = z
  .object({
    outcome: z.enum(['recorded', 'repeated', 'ignored']).meta({
      description:
        '`recorded`: this request recorded the delivery. `repeated`: an earlier request recorded the delivery. `ignored`: the delivery adds no activity and changes no link. A repeated push is also `ignored`.',
    }),
  })
  .meta({id: 'Delivery'})

export interface GithubHookDeps {
  db: Database
  publish: Publish
  quotas: Quotas
  /** Undefined when SECRETS_KEY is not set. */
  secrets?: SecretBox | undefined
  rates: RateCounts
  counts: RequestCounts
}

export function githubHook(deps: GithubHookDeps): Router {
  const {db, secrets, rates, quotas, counts} = deps
  // GitHub delivers the webhooks of all its customers from the same addresses, so the server does not count refused
  // deliveries per address.
  const refusals = new RefusalLimit({rates, name: 'refusedDeliveriesPerProject', keyOf: projectGroup})
  const router = new Router()
  const bodies = new BodyReader(maxTotalBytes)
  const findVerifier = secrets && createDeliveryVerifiers(db, secrets)
  router.post(githubHookPath.replace('{project_id}', ':project_id'), async ctx => {
    if (!findVerifier) throw secretsKeyMissing()
    refusals.requireAllowed(ctx)
    const {project, body} = await refusals.watch(ctx, () => readSigned(ctx, findVerifier))
    const content = readDelivery(ctx.get('X-GitHub-Event'), parseJson(body))
    const isEmpty = !content.activity && content.links.length === 0
    ctx.status = 202
    ctx.body = {outcome: isEmpty ? 'ignored' : await record(ctx, project, content)}
  })
  return router

  async function readSigned(ctx: Context, findVerifier: FindDeliveryVerifier) {
    const signature = ctx.get('X-Hub-Signature-256')
    requireSignatureForm(signature)
    const verify = await findVerifier(ctx.params.project_id!)
    const body = await bodies.read(ctx.req, maxBodyBytes)
    return {project: verify(signature, body), body}
  }

  async function record(ctx: Context, project: HookedProject, content: DeliveryContent) {
    const delivery = ctx.get('X-GitHub-Delivery')
    if (!/^[!-~]{1,100}$/.test(delivery)) {
      throw new Problem('invalid-request', 'X-GitHub-Delivery must have 1 to 100 visible ASCII characters.')
    }
    await requireRate(ctx, rates, 'deliveriesPerOrganization', project.organization_id)
    const change = recordDelivery(project, delivery, content)
    const {organization_id} = project
    const commit = (db: Database) => commitWithoutCaller(db, organization_id, change, quotas)
    const operation = {method: 'post', path: githubHookPath, operationId: 'receiveGithubDelivery'}
    const committed = await counts.measureChange(operation.operationId, () =>
      traceChange(ctx, operation, () => commitAndPublish(deps, organization_id, commit)),
    )
    return committed.result
  }
}

// GitHub sends bodies of up to 25 MB. A push lists its commits with the files that they change, so a push of a release can have
// a megabyte. A larger limit would be a risk, because the sender is authenticated only after the whole body has been
// read.
const maxBodyBytes = 2 * 1024 * 1024
const maxTotalBytes = 16 * 1024 * 1024 // the memory limit for all deliveries that are being received

/**
 * Returns the key under which the refused deliveries of the project are counted. There are 65,536 keys, so that
 * deliveries to random ids cannot fill the memory.
 */
function projectGroup({params}: Context): string {
  return hash('sha256', String(params.project_id).toLowerCase(), 'hex').slice(0, 4)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    const detail = 'The body is not valid JSON; set the content type of the webhook to application/json.'
    throw new Problem('malformed-json', detail, {}, {cause: cause as Error})
  }
}

function requireBox(secrets: SecretBox | undefined): SecretBox {
  if (secrets) return secrets
  throw secretsKeyMissing()
}

function secretsKeyMissing(): Problem {
  return new Problem(
    'secrets-key-missing',
    'Webhook secrets are disabled; the operator must set SECRETS_KEY.',
  )
}
