// openapi.yaml, made from the declarations of the routes and the schemas of the events. `npm run contract` writes
// it, and a test fails when it is out of date.
import {readFile, writeFile} from 'node:fs/promises'
import {
  OpenAPIRegistry,
  OpenApiGeneratorV32,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi'
import {stringify} from 'yaml'
import {z} from 'zod'
import {boardEventSchema} from '../../src/board/events.ts'
import {id} from '../../src/board/fields.ts'
import type {Role} from '../../src/board/member.ts'
import type {ProblemCode} from '../../src/board/problem.ts'
import {streamEventSchema} from '../../src/board/stream-events.ts'
import {apiPrefix, apiRoutes} from '../../src/http/api.ts'
import {deliverySchema, githubHookPath} from '../../src/http/github.ts'
import {meSchema} from '../../src/http/members.ts'
import {statusOf} from '../../src/http/problems.ts'
import type {Route} from '../../src/http/route.ts'
import {demoMembersPath, demoMembersSchema, newSessionSchema, sessionPath} from '../../src/http/session.ts'
import {combinedStreamQuery, streamQuery} from '../../src/http/streams.ts'

export const contractFile = new URL('../../openapi.yaml', import.meta.url)

export async function makeContract(): Promise<string> {
  const registry = new OpenAPIRegistry()
  for (const [name, scheme] of Object.entries(securitySchemes)) {
    registry.registerComponent('securitySchemes', name, scheme)
  }
  for (const route of apiRoutes) registry.registerPath(operation(route))
  for (const [name, description] of Object.entries(headers)) {
    registry.registerComponent('headers', name, {description, required: true, schema: {type: 'string'}})
  }
  registry.registerComponent('responses', 'Problem', problemResponse)
  registry.registerComponent('schemas', 'StreamBlock', streamBlock)
  for (const stream of streams) registry.registerPath(stream)
  for (const probe of probes) registry.registerPath(probe)
  registry.registerPath(hook)
  for (const operation of sessions) registry.registerPath(operation)

  const {version, description} = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  const document = new OpenApiGeneratorV32([...registry.definitions, ...schemas]).generateDocument({
    openapi: '3.2.0',
    info: {title: 'Boardcast', version, description, license: {name: 'MIT', identifier: 'MIT'}},
    servers: [{url: '/'}],
    security: [{bearer: []}, {apiKey: []}],
  })
  const yaml = stringify(document, {aliasDuplicateObjects: false, lineWidth: 0})
  return `# Made by \`npm run contract\` from the routes and schemas in src/; do not edit.\n${yaml}`
}

/** Every problem that the route can answer: what it declares, and what follows from the rest of it. */
export function problemsOf(route: Route): ProblemCode[] {
  const codes: ProblemCode[] = [
    'invalid-request',
    'unauthenticated',
    'invalid-token',
    'invalid-api-key',
    'no-organization',
    'host-not-allowed',
    'cross-site-request',
    'internal-error',
    'store-unavailable',
    'store-busy',
    'identity-unavailable',
    ...Object.values(route.ids ?? {}),
    ...(route.problems ?? []),
  ]
  if (roleFor(route) !== 'viewer') codes.push('role-insufficient')
  if (route.body) codes.push('malformed-json', 'body-too-large', 'unsupported-media-type')
  if (route.conditional) codes.push('version-mismatch')
  if (route.method === 'post') codes.push('idempotency-key-in-use', 'idempotency-key-reused')
  return codes
}

/** The least role that may use the route. */
export function roleFor({method, role}: Route): Role {
  return role ?? (method === 'get' ? 'viewer' : 'member')
}

/** Whether a success of the route has an ETag. */
export function hasETag({response}: Route): boolean {
  return response instanceof z.ZodObject && 'version' in response.shape
}

function operation(route: Route): RouteConfig {
  const {method, path, summary, ids = {}, query, body, conditional} = route
  const requestHeaders = {
    ...(conditional && {'If-Match': ifMatch}),
    ...(method === 'post' && {'Idempotency-Key': idempotencyKey}),
  }
  const params = z.object(Object.fromEntries(Object.keys(ids).map(name => [name, id])))
  return {
    method,
    path: apiPrefix + path,
    summary,
    request: {
      params,
      ...(query && {query: query as z.ZodObject}),
      headers: z.object(requestHeaders),
      ...(body && {body: {required: true, content: {'application/json': {schema: body}}}}),
    },
    responses: {[route.success]: success(route), ...problemResponses(problemsOf(route))},
  }
}

function success(route: Route): ResponseConfig {
  const {method, response, timeless, location} = route
  const names = [
    ...(timeless ? [] : ['Event-Id']),
    ...(hasETag(route) ? ['ETag'] : []),
    ...(location ? ['Location'] : []),
  ]
  return {
    description: {200: 'Done.', 201: 'Created.', 204: method === 'delete' ? 'Deleted.' : 'Done.'}[
      route.success
    ],
    headers: Object.fromEntries(names.map(name => [name, {$ref: `#/components/headers/${name}`}])),
    ...(response && {content: {'application/json': {schema: response}}}),
  }
}

const headers = {
  'Event-Id': 'A cursor: events up to it are in this answer, later ones are not. Stream on from here.',
  ETag: 'The version, in double quotes.',
  Location: 'The path of what was made.',
}

const ifMatch = z
  .string()
  .optional()
  .meta({description: 'ETags, of which the present one must be one; else 412 and nothing is changed.'})

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[!-~]+$/)
  .optional()
  .meta({
    description:
      'Makes it safe to send this again: for 24 hours, a request of yours with the same key on this route gets the answer of the first that succeeded.',
  })

const securitySchemes = {
  bearer: {type: 'http', scheme: 'bearer', bearerFormat: 'JWT'},
  apiKey: {type: 'apiKey', in: 'header', name: 'X-API-Key'},
  tokenInQuery: {type: 'apiKey', in: 'query', name: 'token', description: 'A JWT, on streams only.'},
  apiKeyInQuery: {type: 'apiKey', in: 'query', name: 'api_key', description: 'An API key, on streams only.'},
} as const

/** What each code tells, and the members that its problem carries beside those that all have. */
const meanings: Record<ProblemCode, string> = {
  'invalid-request': 'The query, the body or a header is not as it should be: `errors`, where it is known.',
  'malformed-json': 'The body is not JSON in UTF-8.',
  unauthenticated: 'No credentials.',
  'invalid-token': 'The token is expired, forged or not for us: `reason`.',
  'invalid-api-key': 'The API key is unknown, expired or revoked.',
  'invalid-signature': 'The signature is not what the project’s secret makes of the body, or there is none.',
  'no-organization': 'The token names no organization.',
  'role-insufficient': 'Your role may not do this: `role`, `needed`.',
  'not-the-owner': 'Only the owner or an admin may do this: `owner_user_id`.',
  'host-not-allowed': 'A demo answers to loopback names only.',
  'cross-site-request': 'The cookie of the page was sent by another page than that of this server.',
  'not-found': 'There is nothing at this path.',
  'project-not-found': 'There is no such project in your organization.',
  'sprint-not-found': 'There is no such sprint in your organization.',
  'story-not-found': 'There is no such story in your organization.',
  'task-not-found': 'There is no such task in your organization.',
  'comment-not-found': 'There is no such comment in your organization.',
  'escalation-not-found': 'There is no such escalation in your organization.',
  'notification-not-found': 'There is no such notification of yours.',
  'member-not-found': 'There is no such member in your organization: `user_id`.',
  'method-not-allowed': 'The path has other methods: header `Allow`.',
  'not-acceptable': 'The answer cannot be given in a form that `Accept` allows.',
  'task-already-owned': 'Somebody else has the task: `owner_user_id`, `owner_name`.',
  'task-not-owned': 'Nobody holds the task: `task_status`.',
  'invalid-status-move': 'The task cannot go from its status to this one: `from`, `to`, `allowed`.',
  'escalation-already-responded': 'Somebody has responded already: `responded_by_user_id`.',
  'run-already-started': 'A run begins once: `index` in the request, `agent`, `run_id`.',
  'run-not-started': 'A run ends after it has begun: `index` in the request, `agent`, `run_id`.',
  'run-already-completed': 'A run ends once: `index` in the request, `agent`, `run_id`.',
  'unknown-cursor':
    'The cursor is of another history (`reason`: `epoch`) or beyond the end of this one (`ahead`).',
  'sprint-of-another-project': 'The sprint belongs to another project than the story: `project_id`.',
  'version-mismatch': 'The thing has changed since the version of `If-Match`: `version`.',
  'idempotency-key-in-use': 'A request with this `Idempotency-Key` is still under way; send it again.',
  'idempotency-key-reused': 'The `Idempotency-Key` was used on this route for another request.',
  'body-too-large': 'The body has more than 1 MiB.',
  'unsupported-media-type': 'The body is not `application/json`.',
  'internal-error': 'A fault of the server.',
  'store-unavailable': 'The database is away; header `Retry-After`.',
  'secrets-key-missing': 'This server has no SECRETS_KEY, which this needs.',
  'store-busy': 'The database has no free connection; header `Retry-After`.',
  'identity-unavailable': "The issuer's keys cannot be read; header `Retry-After`.",
  draining: 'This process is stopping; header `Retry-After`.',
}

const codes = Object.keys(meanings) as [ProblemCode, ...ProblemCode[]]

const problemSchema = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string().meta({description: 'The phrase of the status.'}),
    status: z.int(),
    detail: z.string().meta({description: 'For people: the fact and the remedy.'}),
    code: z.enum(codes).meta({description: codes.map(describe).join('\n')}),
    errors: z
      .array(z.object({path: z.string(), message: z.string()}))
      .optional()
      .meta({description: 'The faults of the request; `path` is a field in dots, empty for the whole.'}),
  })
  .meta({id: 'Problem', description: 'RFC 9457, with a stable `code`.'})

const problemResponse = {
  description: 'It was refused, or failed.',
  content: {'application/problem+json': {schema: {$ref: '#/components/schemas/Problem'}}},
}

/** One response for each status, naming the codes that it may carry. */
function problemResponses(codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) byStatus.set(statusOf[code], [...(byStatus.get(statusOf[code]) ?? []), code])
  const responses = [...byStatus].map(([status, codes]) => [
    status,
    {$ref: '#/components/responses/Problem', description: codes.map(code => `\`${code}\``).join(', ')},
  ])
  return Object.fromEntries(responses)
}

function describe(code: ProblemCode): string {
  return `- \`${code}\` (${statusOf[code]}): ${meanings[code]}`
}

// Those that no route refers to by itself.
const schemas = [problemSchema, boardEventSchema, streamEventSchema].map(schema => ({
  type: 'schema' as const,
  schema,
}))

// [spec] OpenAPI 3.2, section 4.14.4.2: the items of text/event-stream are its blocks, whose data are a string.
const streamBlock = {
  type: 'object',
  properties: {
    id: {type: 'string', description: 'The cursor behind this event; send it as Last-Event-ID to resume.'},
    event: {type: 'string', description: 'The `type` of the data; absent with `framing=message`.'},
    data: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: {
        oneOf: [{$ref: '#/components/schemas/BoardEvent'}, {$ref: '#/components/schemas/StreamEvent'}],
      },
    },
    retry: {type: 'integer', description: 'Milliseconds to wait before coming back.'},
  },
} as const

// [spec] EventSource gives up on any status but 200, so what a retry can mend is never a status of a stream.
const streamProblems: ProblemCode[] = [
  'invalid-request',
  'unauthenticated',
  'invalid-token',
  'invalid-api-key',
  'no-organization',
  'host-not-allowed',
  'cross-site-request',
]

const streams = [
  stream('/events/tasks', 'Stream the board: tasks, stories, sprints and members.'),
  stream(
    '/events/projects',
    'Stream the dashboard: projects, story statuses, escalations, agents, pull requests and workflows.',
  ),
  stream('/events/user', 'Stream what concerns you, on all your devices.'),
  stream('/events', 'Stream several topics on one connection, each event once.', combinedStreamQuery),
]

function stream(path: string, summary: string, query: z.ZodObject = streamQuery): RouteConfig {
  return {
    method: 'get',
    path: apiPrefix + path,
    summary,
    security: [{bearer: []}, {apiKey: []}, {tokenInQuery: []}, {apiKeyInQuery: []}],
    request: {
      query,
      headers: z.object({
        'Last-Event-ID': z.string().optional().meta({
          description:
            'The cursor to resume from, or `earliest`; absent: live from now. Wins over `lastEventId`.',
        }),
      }),
    },
    responses: {
      200: {
        description: 'Events as they are committed, until the connection ends.',
        content: {'text/event-stream': {itemSchema: {$ref: '#/components/schemas/StreamBlock'}}},
      },
      ...problemResponses(streamProblems),
    },
  }
}

const probes = [
  probe('/livez', 'alive', 'Is the process up?', ['host-not-allowed']),
  probe('/readyz', 'ready', 'May it be sent requests?', [
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
    responses: {
      200: {
        description: 'Yes.',
        content: {'application/json': {schema: z.object({status: z.literal(status)})}},
      },
      ...problemResponses(problems),
    },
  }
}

const hook: RouteConfig = {
  method: 'post',
  path: githubHookPath,
  summary: 'Take a webhook of GitHub’s: pull requests opened or merged, and workflow runs that fail.',
  security: [],
  request: {
    params: z.object({project_id: id}),
    headers: z.object({
      'X-Hub-Signature-256': z
        .string()
        .meta({description: 'By the project’s secret, over the body as it is.'}),
      'X-GitHub-Event': z
        .string()
        .meta({description: 'Others than pull_request and workflow_run are ignored.'}),
      'X-GitHub-Delivery': z.string().meta({description: 'Heard once within 7 days.'}),
    }),
    body: {required: true, content: {'application/json': {schema: z.looseObject({})}}},
  },
  responses: {
    202: {description: 'Accepted.', content: {'application/json': {schema: deliverySchema}}},
    ...problemResponses([
      'invalid-request',
      'malformed-json',
      'invalid-signature',
      'host-not-allowed',
      'project-not-found',
      'body-too-large',
      'internal-error',
      'secrets-key-missing',
      'store-unavailable',
      'store-busy',
    ]),
  },
}

/** For the page, which needs no other credentials to ask them. */
const sessions: RouteConfig[] = [
  {
    method: 'post',
    path: sessionPath,
    summary: 'Sign in to the page with a token, or as a member of the demo: sets a cookie for its requests.',
    security: [],
    request: {body: {required: true, content: {'application/json': {schema: newSessionSchema}}}},
    responses: {
      200: {description: 'Done.', content: {'application/json': {schema: meSchema}}},
      ...problemResponses([
        'invalid-request',
        'malformed-json',
        'invalid-token',
        'no-organization',
        'cross-site-request',
        'host-not-allowed',
        'member-not-found',
        'body-too-large',
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
    summary: 'Sign out of the page: takes the cookie back.',
    security: [],
    responses: {
      204: {description: 'Done.'},
      ...problemResponses(['cross-site-request', 'host-not-allowed', 'internal-error']),
    },
  },
  {
    method: 'get',
    path: demoMembersPath,
    summary: 'List whom one may sign in as; only a demo has such members.',
    security: [],
    responses: {
      200: {description: 'Done.', content: {'application/json': {schema: demoMembersSchema}}},
      ...problemResponses(['not-found', 'host-not-allowed', 'internal-error']),
    },
  },
]

if (import.meta.filename === process.argv[1]) await writeFile(contractFile, await makeContract())
