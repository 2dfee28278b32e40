/** What all edits share: a thing with some fields replaced is one version on, or the same when nothing differs. */
import type {Act} from './member.ts'

export interface Versioned {
  version: number
  updated_at: string
}

/** The thing with the given fields, one version on; the thing itself when they alter nothing. */
export function alter<T extends Versioned>(thing: T, fields: Partial<T>, act: Act): T {
  const altered = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && !isEqual(value, thing[name as keyof T]),
  )
  return altered.length === 0 ? thing : nextVersion({...thing, ...Object.fromEntries(altered)}, act)
}

/** The thing after its last change: its deletion, or one that alters none of its other fields. */
export function nextVersion<T extends Versioned>(thing: T, {at}: Act): T {
  return {...thing, version: thing.version + 1, updated_at: at}
}

/** Fields are JSON: strings, numbers, null, lists of strings. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
