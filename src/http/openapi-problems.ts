/** The problems in the contract: one schema with every code, and a response for each status. */
import {z} from 'zod'
import type {ProblemCode} from '../board/problem.ts'
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

export const problemResponse = {
  description: 'The server rejected the request, or the request failed.',
  headers: Object.fromEntries(
    ['Retry-After', 'RateLimit', 'RateLimit-Policy'].map(name => [
      name,
      {$ref: `#/components/headers/${name}`},
    ]),
  ),
  content: {'application/problem+json': {schema: {$ref: '#/components/schemas/Problem'}}},
}

/** Returns one response for each status. Each response lists the codes that have this status. */
export function problemResponses(codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) {
    const {status} = problemTable[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const responses = [...byStatus].map(([status, codes]) => [
    status,
    {$ref: '#/components/responses/Problem', description: codes.map(code => `\`${code}\``).join(', ')},
  ])
  return Object.fromEntries(responses)
}

function describe(code: ProblemCode): string {
  const {status, meaning} = problemTable[code]
  return `- \`${code}\` (${status}): ${meaning}`
}
