/** Versioned resources. Every change of a resource increments its version. */
import type {Action} from './member.ts'

export interface Versioned {
  id: string
  version: number
  updated_at: string
}

/**
 * Returns the next version of the resource, with the given values of the fields. When every field already has the given
 * value, returns the resource itself.
 */
export function alter<T extends Versioned>(resource: T, fields: Partial<T>, action: Action): T {
  const altered = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && !isEqual(value, resource[name as keyof T]),
  )
  return altered.length === 0 ? resource : nextVersion({...resource, ...Object.fromEntries(altered)}, action)
}

/** Returns the resource with an incremented version and the time of the action. No other field changes. */
export function nextVersion<T extends Versioned>(resource: T, {timestamp}: Pick<Action, 'timestamp'>): T {
  return {...resource, version: resource.version + 1, updated_at: timestamp}
}

/** Compares two JSON values: strings, numbers, null or arrays of strings. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
