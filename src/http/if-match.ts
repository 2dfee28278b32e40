import {Problem} from '../board/problem.ts'
import type {ExpectedVersions} from '../changes/change.ts'

// [spec] RFC 9110, section 8.8.3: entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE, so a tag may contain a comma.
const entityTag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"'
// [spec] Section 5.6.1: "A recipient MUST parse and ignore a reasonable number of empty list elements."
const tagList = new RegExp(`^[ \\t,]*(?:${entityTag}[ \\t]*(?:,[ \\t,]*|$))*$`)
// The form of Boardcast's ETags. All other tags, such as weak tags, match no version.
const strongVersion = /^"([1-9]\d{0,8})"$/

/**
 * Returns the versions that an `If-Match` header accepts. Returns undefined when the header is missing or `*`, because
 * every version is then accepted. Throws Problem 'invalid-request' when the header is malformed.
 */
export function parseIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '*') return undefined
  if (!tagList.test(header)) {
    throw new Problem('invalid-request', 'If-Match must be * or a list of ETags, such as If-Match: "3".')
  }
  const tags = header.match(new RegExp(entityTag, 'g')) ?? []
  return tags.flatMap(tag => strongVersion.exec(tag)?.[1] ?? []).map(Number)
}
