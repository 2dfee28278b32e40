import type {ExpectedVersions} from '../changes/change.ts'
import {parseEntityTags} from './entity-tags.ts'

// The form of Boardcast's ETags. All other tags, such as weak tags, match no version.
const strongVersion = /^"([1-9]\d{0,8})"$/

/**
 * Returns the versions that an `If-Match` header accepts. Returns undefined when the header is missing or `*`, because
 * every version is then accepted. Throws Problem 'invalid-request' when the header is malformed.
 */
export function parseIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined) return undefined
  const tags = parseEntityTags('If-Match', header)
  if (tags === '*') return undefined
  return tags.flatMap(tag => strongVersion.exec(tag)?.[1] ?? []).map(Number)
}
