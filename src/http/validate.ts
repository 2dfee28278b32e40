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
  const errors = error.issues
    .flatMap(meant)
    .slice(0, maxErrors)
    .map(({path, message}) => ({path: path.join('.'), message}))
  const first = [errors[0]!.path, errors[0]!.message].filter(Boolean).join(': ')
  const more = errors.length > 1 ? ' There is more; see errors.' : ''
  throw new Problem('invalid-request', `The ${part} is not as it should be: ${first}.${more}`, {errors})
}

/** The faults of the alternative that was meant: of one thing or many, the one of the value's own type. */
function meant(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const isOfType = ([first]: z.core.$ZodIssue[]) => first?.code !== 'invalid_type' || first.path.length > 0
  const alternatives = issue.errors.filter(isOfType)
  if (alternatives.length !== 1) return [issue]
  return alternatives[0]!.flatMap(meant).map(fault => ({...fault, path: [...issue.path, ...fault.path]}))
}
