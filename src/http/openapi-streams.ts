/** Describes the streams for the contract. */
import type {RouteConfig} from '@asteasolutions/zod-to-openapi'
import {z} from 'zod'
import type {ProblemCode} from '../board/problem.ts'
import {apiPrefix} from './api.ts'
import {problemResponses} from './openapi-problems.ts'
import {combinedStreamQuery, streamQuery} from './streams.ts'

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
      contentSchema: {
        oneOf: [{$ref: '#/components/schemas/BoardEvent'}, {$ref: '#/components/schemas/StreamEvent'}],
      },
    },
    retry: {
      type: 'integer',
      description:
        'The number of milliseconds that a client waits before it reconnects. In the block of `stream.open`, and in the block of an event after which the stream ends.',
    },
  },
} as const

// [spec] EventSource reconnects only after status 200. The response to a temporary failure is therefore a stream with
// the event `stream.unavailable`, and `streamProblems` contains no problem for a temporary failure.
const streamProblems: ProblemCode[] = [
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
]

export const streamOperations: RouteConfig[] = [
  stream('/events/tasks', 'Stream the board: tasks, stories, sprints and members.'),
  stream(
    '/events/projects',
    'Stream the dashboard: projects, story statuses, escalations, agents, pull requests and workflows.',
  ),
  stream(
    '/events/user',
    'Stream your notifications and the events that concern you. All your devices receive these events.',
  ),
  stream(
    '/events',
    'Stream several topics on one connection. Each event is delivered once, even when it belongs to several topics.',
    combinedStreamQuery,
    [{ticket: []}],
  ),
]

function stream(
  path: string,
  summary: string,
  query: z.ZodObject = streamQuery,
  security: NonNullable<RouteConfig['security']> = [],
): RouteConfig {
  const lastEventId = z.string().optional().meta({
    description:
      'The cursor from which to resume, or `earliest` for the oldest event in the log. By default, the stream starts with the next event. The header takes precedence over the parameter `lastEventId`.',
  })
  return {
    method: 'get',
    path: apiPrefix + path,
    summary,
    security: [{bearer: []}, {apiKey: []}, {tokenInQuery: []}, {apiKeyInQuery: []}, ...security],
    request: {query, headers: z.object({'Last-Event-ID': lastEventId})},
    responses: {
      200: {
        description:
          'Until the connection ends, the server sends each event immediately after the event is committed.',
        content: {'text/event-stream': {itemSchema: {$ref: '#/components/schemas/StreamBlock'}}},
      },
      ...problemResponses(streamProblems),
    },
  }
}
