/** GitHub's webhooks, outside of authentication, for GitHub signs what it sends; and the secret that it signs with. */
import Router from '@koa/router'
import {z} from 'zod'
import type {NewActivity} from '../board/activity.ts'
import {text} from '../board/fields.ts'
import {Problem} from '../board/problem.ts'
import {recordDelivery} from '../changes/record-delivery.ts'
import {setGithubSecret} from '../changes/set-github-secret.ts'
import {createDeliveryVerifier} from '../identity/github.ts'
import type {Live} from '../live/live.ts'
import type {Database} from '../store/connection.ts'
import type {HookedProject} from '../store/github-secrets.ts'
import type {SecretBox} from '../store/secret-box.ts'
import {activityOf} from './github-payload.ts'
import {readBody} from './read-body.ts'
import {route} from './route.ts'

export const githubRoutes = [
  route({
    method: 'put',
    path: '/projects/{id}/github-secret',
    summary: 'Set the secret that GitHub signs its webhooks for the project with.',
    ids: {id: 'project-not-found'},
    role: 'admin',
    body: z.strictObject({secret: text({min: 16, max: 1_000})}),
    success: 204,
    problems: ['secrets-key-missing'],
    handle: async ({caller, ids, body}, {db, secrets}) =>
      setGithubSecret(db, requireBox(secrets), caller, ids.id, body.secret),
  }),
]

export const githubHookPath = '/api/v1/hooks/github/{project_id}'

/** What became of a delivery. */
export const deliverySchema = z
  .object({
    outcome: z.enum(['recorded', 'repeated', 'ignored']).meta({
      description: '`repeated`: it was recorded before; `ignored`: it is of a kind that is nothing to us.',
    }),
  })
  .meta({id: 'Delivery'})

export interface GithubHookDeps {
  db: Database
  live: Live
  /** Absent: there is no SECRETS_KEY. */
  secrets?: SecretBox | undefined
}

export function githubHook({db, live, secrets}: GithubHookDeps): Router {
  const router = new Router()
  const verify = secrets && createDeliveryVerifier(db, secrets)
  router.post(githubHookPath.replace('{project_id}', ':project_id'), async ctx => {
    if (!verify) throw secretsKeyMissing()
    const body = await readBody(ctx.req, maxBody)
    const project = await verify(ctx.params.project_id!, ctx.get('X-Hub-Signature-256'), body)
    const activity = activityOf(ctx.get('X-GitHub-Event'), parseJson(body))
    ctx.status = 202
    ctx.body = {outcome: activity ? await record(project, ctx.get('X-GitHub-Delivery'), activity) : 'ignored'}
  })
  return router

  async function record(project: HookedProject, delivery: string, activity: NewActivity) {
    if (!/^[!-~]{1,100}$/.test(delivery)) {
      throw new Problem('invalid-request', 'X-GitHub-Delivery must have 1 to 100 visible ASCII characters.')
    }
    const {result, ...appended} = await recordDelivery(db, project, delivery, activity)
    live.publish(project.organization_id, appended)
    return result
  }
}

// GitHub sends up to 25 MB, but what we heed has some 30 KB; and whoever sends it is not known before it is read.
const maxBody = 5 * 1024 * 1024 // bytes

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    const remedy = 'choose application/json as the webhook’s content type'
    throw new Problem('malformed-json', `The body is not JSON; ${remedy}.`, {}, {cause: cause as Error})
  }
}

function requireBox(secrets: SecretBox | undefined): SecretBox {
  if (secrets) return secrets
  throw secretsKeyMissing()
}

function secretsKeyMissing(): Problem {
  return new Problem(
    'secrets-key-missing',
    'This server keeps no secrets; its operator must set SECRETS_KEY.',
  )
}
