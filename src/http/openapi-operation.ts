/** The parts that the operations of the contract have in common. */
import type {RouteConfig} from '@asteasolutions/zod-to-openapi'
import type {z} from 'zod'
import type {ProblemCode} from '../board/problem.ts'
import type {Tag} from './route.ts'

/** An operation of the contract. `responses` contains the responses that are not problems. */
export type Operation = RouteConfig & {
  operationId: string
  tags: [Tag]
  summary: string
  description: string
  problems: readonly ProblemCode[]
}

/** Returns a reference to the example of a response. `responseExamples` contains the example. */
export function exampleReferences(schema: z.ZodType) {
  const name = schema.meta()?.id
  if (typeof name !== 'string') throw new Error('The schema of a response needs an id.')
  return {[name]: {$ref: `#/components/examples/${name}`}}
}
