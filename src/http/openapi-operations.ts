/** Describes the probes, the contract itself, the webhook and the session for the contract. */
import {z} from 'zod'
import {id} from '../board/fields.ts'
import type {ProblemCode} from '../board/problem.ts'
import {contractPath} from './contract-file.ts'
import {deliverySchema, githubHookPath} from './github.ts'
import {meSchema} from './members.ts'
import {idExamples, requestExamples} from './openapi-examples.ts'
import {ifNoneMatch} from './openapi-headers.ts'
import {exampleReferences, type Operation} from './openapi-operation.ts'
import {demoMembersPath, demoMembersSchema, newSessionSchema, sessionPath} from './session.ts'

export const probeOperations: Operation[] = [
  probe('livez', 'alive', {
    summary: 'Check that the process is running.',
    description: 'When this request fails, a supervisor should restart the process.',
    problems: ['host-not-allowed'],
  }),
  probe('readyz', 'ready', {
    summary: 'Check that the process can serve requests.',
    description: 'When this request fails, a load balancer should send requests to other processes.',
    problems: ['host-not-allowed', 'internal-error', 'draining', 'store-unavailable', 'store-busy'],
  }),
]

function probe(
  name: string,
  status: 'alive' | 'ready',
  described: {summary: string; description: string; problems: ProblemCode[]},
): Operation {
  const schema = z.object({status: z.literal(status)}).meta({id: status === 'alive' ? 'Alive' : 'Ready'})
  return {
    method: 'get',
    path: `/${name}`,
    operationId: name,
    tags: ['Server'],
    security: [],
    responses: {200: json('Success.', schema)},
    ...described,
  }
}

const contractETag = {
  description: 'A hash of the contract, in double quotes.',
  required: true,
  schema: {type: 'string'},
} as const

export const contractOperation: Operation = {
  method: 'get',
  path: contractPath,
  operationId: 'readContract',
  tags: ['Server'],
  summary: 'Get this contract.',
  description: 'Every server serves the contract of its own version. The request needs no credential.',
  security: [],
  request: {headers: z.object({'If-None-Match': ifNoneMatch})},
  responses: {
    200: {
      description: 'The contract of the running server, in OpenAPI 3.2.',
      headers: {ETag: contractETag},
      content: {'application/yaml': {schema: z.string(), example: 'openapi: 3.2.0'}},
    },
    304: {
      description: 'You have the current contract: its ETag is in `If-None-Match`.',
      headers: {ETag: contractETag},
    },
  },
  problems: ['invalid-request', 'host-not-allowed', 'internal-error'],
}

export const githubOperation: Operation = {
  method: 'post',
  path: githubHookPath,
  operationId: 'receiveGithubDelivery',
  tags: ['GitHub'],
  summary: 'Receive a GitHub webhook about a pull request, a push or a workflow run.',
  description:
    'GitHub sends this request and signs the body with the secret of the project. Set the secret with `PUT /projects/{id}/github-secret`.',
  security: [],
  request: {
    params: z.object({project_id: id.meta({param: {example: idExamples['project-not-found']}})}),
    headers: z.object({
      'X-Hub-Signature-256': z.string().meta({
        description:
          '`sha256=`, then the HMAC of the unmodified body. The key of the HMAC is the project’s secret.',
      }),
      'X-GitHub-Event': z
        .string()
        .meta({description: 'Events other than `pull_request`, `push` and `workflow_run` are ignored.'}),
      'X-GitHub-Delivery': z.string().meta({
        description:
          'If several deliveries of a pull request or a workflow run have the same id within 7 days, only the first one is recorded. A repeated push can only restore a link that newer links have displaced.',
      }),
    }),
    body: bodyOf('receiveGithubDelivery', z.looseObject({})),
  },
  responses: {202: json('Accepted.', deliverySchema)},
  problems: [
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
  ],
}

export const sessionOperations: Operation[] = [
  {
    method: 'post',
    path: sessionPath,
    operationId: 'signIn',
    tags: ['Session'],
    summary: 'Sign in to the page with a token or as a member of the demo.',
    description:
      'The response sets the session cookie. The session ends together with the token. When the request has the cookie of a session of the same member, that session is extended.',
    security: [],
    request: {body: bodyOf('signIn', newSessionSchema)},
    responses: {200: json('Success.', meSchema)},
    problems: [
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
    ],
  },
  {
    method: 'delete',
    path: sessionPath,
    operationId: 'signOut',
    tags: ['Session'],
    summary: 'End the session of the page, and the streams of this session.',
    description: 'The response deletes the session cookie.',
    security: [],
    responses: {204: {description: 'Success.'}},
    problems: ['cross-site-request', 'host-not-allowed', 'internal-error', 'store-unavailable', 'store-busy'],
  },
  {
    method: 'get',
    path: demoMembersPath,
    operationId: 'listDemoMembers',
    tags: ['Session'],
    summary: 'List the members of the demo.',
    description: 'You can sign in as any of them. A server that is not a demo responds with 404.',
    security: [],
    responses: {200: json('Success.', demoMembersSchema)},
    problems: ['not-found', 'host-not-allowed', 'internal-error'],
  },
]

function bodyOf(operationId: string, schema: z.ZodType) {
  return {required: true, content: {'application/json': {schema, example: requestExamples[operationId]}}}
}

function json(description: string, schema: z.ZodType) {
  return {description, content: {'application/json': {schema, examples: exampleReferences(schema)}}}
}
