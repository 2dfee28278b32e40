import type {ExpectedVersions} from '../changes/change.ts'
import {parseEntityTags, valuesOfTag} from './entity-tags.ts'

// All tags that are not the ETag of a version, such as weak tags, match no version.
const strongTag = /^"/
const versionWithHash = /^([1-9]\d{0,8})(?:-[\da-f]{16})?$/

/**
 * Returns the versions that an `If-Match` header accepts. The hash in an ETag is ignored, so that a new comment does not
 * conflict with an edit. Returns undefined when the header is missing or `*`, because
 * every version is then accepted. Throws Problem 'invalid-request' when the header is malformed.
 */
export function parseIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined) return undefined
  const tags = parseEntityTags('If-Match', header)
  if (tags === '*') return undefined
  // A client that has received a compressed resource sends an ETag with a coding.
  const values = tags.filter(tag => strongTag.test(tag)).flatMap(valuesOfTag)
  return values.flatMap(value => versionWithHash.exec(value)?.slice(1).map(Number) ?? [])
}
