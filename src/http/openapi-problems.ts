/** The problems in the contract: one schema with every code, and a response for each combination of codes. */
import {STATUS_CODES} from 'node:http'
import {z} from 'zod'
import type {ProblemCode} from '../board/problem.ts'
import {problemExamples} from './openapi-examples.ts'
import {headerReferences} from './openapi-headers.ts'
import {problemTable} from './problems.ts'

const codes = Object.keys(problemTable) as [ProblemCode, ...ProblemCode[]]

export const problemSchema = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string().meta({description: 'The reason phrase of the HTTP status, such as `Not Found`.'}),
    status: z.int(),
    detail: z
      .string()
      .meta({description: 'A message for people. The message explains what went wrong and what to do.'}),
    code: z.enum(codes).meta({description: codes.map(describe).join('\n')}),
    errors: z
      .array(z.object({path: z.string(), message: z.string()}))
      .optional()
      .meta({
        description:
          'The faults of the request. `path` contains the names of the nested fields, separated by dots. When the fault concerns the whole query or body, `path` is empty.',
      }),
  })
  .meta({id: 'Problem', description: 'An RFC 9457 problem with a stable `code`.'})

/**
 * Returns one response for each status, by the name of the component. Renderers and generators ignore a description
 * beside a reference, so each combination of codes has a response of its own.
 */
export function problemResponses(codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) {
    const {status} = problemTable[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return [...byStatus].map(([status, codes]) => ({
    status,
    name: nameOf(codes),
    response: responseOf(status, codes),
  }))
}

/** Codes that occur together. The name of a response contains the name of the group instead of the codes. */
const groups: Readonly<Record<string, readonly ProblemCode[]>> = {
  NotAuthenticated: ['unauthenticated', 'invalid-token', 'invalid-api-key', 'invalid-session'],
  NotPermitted: ['no-organization', 'member-removed', 'host-not-allowed', 'cross-site-request'],
  Unavailable: ['store-unavailable', 'store-busy'],
}

/** Returns the name of the response, such as `ProjectNotFoundOrSprintNotFound`. */
function nameOf(codes: readonly ProblemCode[]): string {
  const complete = Object.entries(groups).filter(([, group]) => group.every(code => codes.includes(code)))
  const others = codes.filter(code => !complete.some(([, group]) => group.includes(code)))
  return [...complete.map(([name]) => name), ...others.map(pascalCase)].join('Or')
}

function responseOf(status: number, codes: readonly ProblemCode[]) {
  const headers = [
    ...(status === 401 ? ['WWW-Authenticate'] : []),
    ...([429, 503].includes(status) ? ['Retry-After'] : []),
    'RateLimit',
    'RateLimit-Policy',
  ]
  return {
    description: codes.map(code => `\`${code}\``).join(', '),
    headers: headerReferences(headers),
    content: {
      'application/problem+json': {
        schema: {$ref: '#/components/schemas/Problem'},
        examples: Object.fromEntries(codes.map(code => [code, {$ref: `#/components/examples/${code}`}])),
      },
    },
  }
}

/** Returns a problem with this code, as the server sends it. */
export function problemExample(code: ProblemCode): z.infer<typeof problemSchema> {
  const {status} = problemTable[code]
  const {detail, ...data} = problemExamples[code] ?? fail(code)
  return {type: 'about:blank', title: STATUS_CODES[status]!, status, detail, code, ...data}
}

function fail(code: ProblemCode): never {
  throw new Error(`Add an example of the problem ${code} to src/http/openapi-examples.ts.`)
}

function pascalCase(code: string): string {
  return code.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function describe(code: ProblemCode): string {
  const {status, meaning} = problemTable[code]
  return `- \`${code}\` (${status}): ${meaning}`
}
