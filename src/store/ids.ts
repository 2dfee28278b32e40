import {v7} from 'uuid'

/**
 * Returns a new UUIDv7. Ids made in one process ascend strictly, also within a millisecond, so ordering rows by
 * primary key orders them by creation.
 */
export function newId(): string {
  return v7()
}
