import type {z} from 'zod'
import {Problem} from '../board/problem.ts'

const maxErrors = 20 // who has more faults than these learns nothing from the rest

/** What the schema makes of a part of the request. Throws Problem 'invalid-request' with the faults. */
export function validate<Schema extends z.ZodType>(
  part: 'query' | 'body',
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const {success, data, error} = schema.safeParse(value)
  if (success) return data
  const errors = error.issues.slice(0, maxErrors).map(({path, message}) => ({path: path.join('.'), message}))
  throw new Problem('invalid-request', `The ${part} is not as it should be; see errors.`, {errors})
}
