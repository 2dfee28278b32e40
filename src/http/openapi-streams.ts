/** Describes the streams for the contract. */
import type {RouteConfig} from '@asteasolutions/zod-to-openapi'
import {z} from 'zod'
import {pollAnswerSchema} from '../board/poll-answer.ts'
import type {ProblemCode} from '../board/problem.ts'
import {apiPrefix} from './api.ts'
import {exampleReferences, type Operation} from './openapi-operation.ts'
import {combinedStreamQuery, streamQuery} from './streams.ts'

/** The parsed `data` of a block. */
export const streamData = {
  oneOf: [{$ref: '#/components/schemas/BoardEvent'}, {$ref: '#/components/schemas/StreamEvent'}],
  description:
    'The `data` of a block, parsed as JSON: an event of the log, or a control event of the stream.',
}

// [spec] OpenAPI 3.2, section 4.14.4.2: the items of a text/event-stream are its blocks, and the data of a block is a
// string.
export const streamBlock = {
  type: 'object',
  properties: {
    id: {
      type: 'string',
      description:
        'The cursor after this event. To resume after this event, send the cursor as Last-Event-ID.',
    },
    event: {
      type: 'string',
      description: 'The `type` of the event in `data`. Omitted with `framing=message`.',
    },
    data: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: {$ref: '#/components/schemas/StreamData'},
    },
    retry: {
      type: 'integer',
      description:
        'The number of milliseconds that a client waits before it reconnects. Sent in the blocks of `stream.open`, `stream.drain` and `stream.unavailable`, and in `stream.revoked` with the reason `ticket-superseded`.',
    },
  },
} as const

// [spec] EventSource reconnects only after status 200. When a stream fails temporarily, the response is therefore a
// stream with the event `stream.unavailable`. Only polls get a problem with status 429 or 5xx.
const problems: ProblemCode[] = [
  'invalid-request',
  'quota-exceeded',
  'unauthenticated',
  'invalid-token',
  'invalid-api-key',
  'invalid-session',
  'invalid-ticket',
  'no-organization',
  'member-removed',
  'host-not-allowed',
  'cross-site-request',
  'rate-limited',
  'internal-error',
  'too-many-streams',
  'store-unavailable',
  'store-busy',
  'identity-unavailable',
  'draining',
]

const howStreamsWork =
  'The stream starts with `stream.open`. The missed events follow, and then `stream.ready`. A stream that is opened with the last received id continues after this id. Temporary failures are not HTTP errors: the response is a stream with the event `stream.unavailable`. If `Accept` prefers `application/json` to `text/event-stream`, the request is a poll: the response is one JSON document. The server answers a poll at once if there are events after the cursor. Otherwise, the server waits up to `wait` seconds for an event. Only polls get the statuses 429, 500 and 503.'

export const streamOperations: Operation[] = [
  stream('/events/tasks', {
    operationId: 'streamTasks',
    summary: 'Stream the board: tasks, stories, sprints and members.',
    description: 'With `task_id`, the stream delivers one task and its comments.',
  }),
  stream('/events/projects', {
    operationId: 'streamProjects',
    summary:
      'Stream the dashboard: projects, story statuses, escalations, agents, pull requests and workflows.',
  }),
  stream('/events/user', {
    operationId: 'streamUser',
    summary: 'Stream your notifications and the events that concern you.',
    description: 'All your devices receive these events.',
  }),
  stream(
    '/events',
    {
      operationId: 'streamTopics',
      summary: 'Stream several topics on one connection.',
      description: 'Each event is delivered once, even when it belongs to several topics.',
    },
    combinedStreamQuery,
    [{ticket: []}],
  ),
]

function stream(
  path: string,
  {operationId, summary, description}: {operationId: string; summary: string; description?: string},
  query: z.ZodObject = streamQuery,
  security: NonNullable<RouteConfig['security']> = [],
): Operation {
  const lastEventId = z.string().optional().meta({
    description:
      'The cursor from which to resume, or `earliest` for the oldest event in the log. By default, the stream starts with the next event. The header takes precedence over the parameter `lastEventId`.',
  })
  return {
    method: 'get',
    path: apiPrefix + path,
    operationId,
    tags: ['Streams'],
    summary,
    description: [description, howStreamsWork].filter(Boolean).join(' '),
    security: [{bearer: []}, {apiKey: []}, {tokenInQuery: []}, {apiKeyInQuery: []}, ...security],
    request: {query, headers: z.object({'Last-Event-ID': lastEventId})},
    responses: {
      200: {
        description:
          'A stream: until the connection ends, the server sends each event immediately after the event is committed. Or the answer to a poll. `itemSchema` describes the blocks of the stream. `schema` describes the `data` of a block, for programs that do not read `itemSchema`.',
        content: {
          'text/event-stream': {
            schema: {$ref: '#/components/schemas/StreamData'},
            itemSchema: {$ref: '#/components/schemas/StreamBlock'},
            examples: {board: {$ref: '#/components/examples/Stream'}},
          },
          // The answer is `application/json`. With this name, some generators would ignore the stream.
          'application/*': {schema: pollAnswerSchema, examples: exampleReferences(pollAnswerSchema)},
        },
      },
    },
    problems,
  }
}
