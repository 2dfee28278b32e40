/**
 * Messages for invalid values. A message from this file is used when the schema does not define a message. The name of
 * the field precedes each message.
 */
import type {z} from 'zod'

/** Returns a message for the issue. When the result is undefined, zod uses its own message. */
export function describeFault(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is required'
        : `must be ${typeNames[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'invalid_format':
      return formatNames[issue.format] && `must be ${formatNames[issue.format]}`
    case 'too_small':
      return `must ${limit(issue.origin, 'at least', issue.minimum)}`
    case 'too_big':
      return `must ${limit(issue.origin, 'at most', issue.maximum)}`
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'fields' : 'field'} ${issue.keys.join(', ')}`
    case 'invalid_union':
      return 'does not match any of the accepted forms'
  }
}

const typeNames: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

const formatNames: Record<string, string> = {
  uuid: 'a UUID',
  date: 'a date such as 2026-01-31',
  datetime: 'a time such as 2026-01-31T08:15:00.000Z',
  url: 'a URL',
}

function limit(origin: string, bound: 'at least' | 'at most', count: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${count} ${count === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `have ${bound} ${count} ${count === 1 ? 'item' : 'items'}`
  return `be ${bound} ${count}`
}
