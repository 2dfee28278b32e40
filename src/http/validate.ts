import type {z} from 'zod'
import {Problem} from '../board/problem.ts'
import {describeFault} from './describe-fault.ts'

const maxErrors = 20 // a longer list would not help the client

const parseOptions = {error: describeFault}

/** Returns the parsed query or body. Throws Problem 'invalid-request' with up to 20 faults in `errors`. */
export function validate<Schema extends z.ZodType>(
  part: 'query' | 'body',
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const {success, data, error} = schema.safeParse(value, parseOptions)
  if (success) return data
  const errors = error.issues
    .flatMap(faultsOf)
    .slice(0, maxErrors)
    .map(({path, message}) => ({path: path.join('.'), message}))
  const first = [errors[0]!.path, errors[0]!.message].filter(Boolean).join(': ')
  const more = errors.length > 1 ? ' See `errors` for more.' : ''
  throw new Problem('invalid-request', `The ${part} is invalid: ${first}.${more}`, {errors})
}

/**
 * Returns the faults that the Zod issue contains. A schema may have alternatives, such as an item or a list of items.
 * If exactly one alternative has the same type as the value, returns only the faults of this alternative.
 */
function faultsOf(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const hasTypeOfValue = ([first]: z.core.$ZodIssue[]) =>
    first?.code !== 'invalid_type' || first.path.length > 0
  const alternatives = issue.errors.filter(hasTypeOfValue)
  if (alternatives.length !== 1) return [issue]
  return alternatives[0]!.flatMap(faultsOf).map(fault => ({...fault, path: [...issue.path, ...fault.path]}))
}
