import {v7} from 'uuid'

/**
 * Returns a new UUIDv7. Each id is greater than the previous id of the process, even within the same millisecond. When
 * rows are sorted by id, they are therefore in the order in which they were created.
 */
export function newId(): string {
  return v7()
}
