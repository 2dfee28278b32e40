import {v7} from 'uuid'

/**
 * Returns a new UUIDv7. Each id is greater than the previous id of the process, also within the same millisecond. Rows
 * that are sorted by id are therefore in the order in which they were created.
 */
export function newId(): string {
  return v7()
}
