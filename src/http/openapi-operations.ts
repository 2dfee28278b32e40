/** Describes the probes, the contract itself, the webhook and the session for the contract. */
import type {RouteConfig} from '@asteasolutions/zod-to-openapi'
import {z} from 'zod'
import {id} from '../board/fields.ts'
import type {ProblemCode} from '../board/problem.ts'
import {contractPath} from './contract-file.ts'
import {deliverySchema, githubHookPath} from './github.ts'
import {meSchema} from './members.ts'
import {ifNoneMatch} from './openapi-headers.ts'
import {problemResponses} from './openapi-problems.ts'
import {demoMembersPath, demoMembersSchema, newSessionSchema, sessionPath} from './session.ts'

export const probeOperations: RouteConfig[] = [
  probe('/livez', 'alive', 'Check that the process is running.', ['host-not-allowed']),
  probe('/readyz', 'ready', 'Check that the process can serve requests.', [
    'host-not-allowed',
    'internal-error',
    'draining',
    'store-unavailable',
    'store-busy',
  ]),
]

function probe(path: string, status: string, summary: string, problems: ProblemCode[]): RouteConfig {
  return {
    method: 'get',
    path,
    summary,
    security: [],
    responses: {200: json('Success.', z.object({status: z.literal(status)})), ...problemResponses(problems)},
  }
}

const contractETag = {
  description: 'A hash of the contract, in double quotes.',
  required: true,
  schema: {type: 'string'},
} as const

export const contractOperation: RouteConfig = {
  method: 'get',
  path: contractPath,
  summary: 'Get this contract.',
  security: [],
  request: {headers: z.object({'If-None-Match': ifNoneMatch})},
  responses: {
    200: {
      description: 'The contract of the running server, in OpenAPI 3.2.',
      headers: {ETag: contractETag},
      content: {'application/yaml': {schema: z.string()}},
    },
    304: {
      description: 'You have the current contract: its ETag is in `If-None-Match`.',
      headers: {ETag: contractETag},
    },
    ...problemResponses(['invalid-request', 'host-not-allowed', 'internal-error']),
  },
}

export const githubOperation: RouteConfig = {
  method: 'post',
  path: githubHookPath,
  summary: 'Receive a GitHub webhook about a pull request or a workflow run.',
  security: [],
  request: {
    params: z.object({project_id: id}),
    headers: z.object({
      'X-Hub-Signature-256': z.string().meta({
        description:
          '`sha256=`, then the HMAC of the unmodified body. The key of the HMAC is the project’s secret.',
      }),
      'X-GitHub-Event': z
        .string()
        .meta({description: 'Events other than `pull_request` and `workflow_run` are ignored.'}),
      'X-GitHub-Delivery': z.string().meta({
        description:
          'If several deliveries within 7 days have the same id, only the first delivery is recorded.',
      }),
    }),
    body: {required: true, content: {'application/json': {schema: z.looseObject({})}}},
  },
  responses: {
    202: json('Accepted.', deliverySchema),
    ...problemResponses([
      'invalid-request',
      'malformed-json',
      'invalid-signature',
      'host-not-allowed',
      'project-not-found',
      'quota-exceeded',
      'body-too-large',
      'rate-limited',
      'overloaded',
      'internal-error',
      'secrets-key-missing',
      'store-unavailable',
      'store-busy',
    ]),
  },
}

export const sessionOperations: RouteConfig[] = [
  {
    method: 'post',
    path: sessionPath,
    summary:
      'Sign in to the page with a token or as a member of the demo. The response sets the session cookie. The session ends together with the token. When the request has the cookie of a session of the same member, that session is extended.',
    security: [],
    request: {body: {required: true, content: {'application/json': {schema: newSessionSchema}}}},
    responses: {
      200: json('Success.', meSchema),
      ...problemResponses([
        'invalid-request',
        'malformed-json',
        'invalid-token',
        'no-organization',
        'member-removed',
        'cross-site-request',
        'host-not-allowed',
        'member-not-found',
        'body-too-large',
        'rate-limited',
        'overloaded',
        'unsupported-media-type',
        'internal-error',
        'store-unavailable',
        'store-busy',
        'identity-unavailable',
      ]),
    },
  },
  {
    method: 'delete',
    path: sessionPath,
    summary:
      'End the session of the page, and the streams of this session. The response deletes the session cookie.',
    security: [],
    responses: {
      204: {description: 'Success.'},
      ...problemResponses([
        'cross-site-request',
        'host-not-allowed',
        'internal-error',
        'store-unavailable',
        'store-busy',
      ]),
    },
  },
  {
    method: 'get',
    path: demoMembersPath,
    summary:
      'List the members of the demo. You can sign in as any of them. A server that is not a demo responds with 404.',
    security: [],
    responses: {
      200: json('Success.', demoMembersSchema),
      ...problemResponses(['not-found', 'host-not-allowed', 'internal-error']),
    },
  },
]

function json(description: string, schema: z.ZodType) {
  return {description, content: {'application/json': {schema}}}
}
