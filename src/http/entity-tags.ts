/** Entity tags. The value of a tag is a version, a cursor or a hash. The tag identifies one representation. */
import {Problem} from '../board/problem.ts'

// [spec] RFC 9110, section 8.8.3: entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE, so a tag may contain a comma.
const entityTag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"'
// [spec] Section 5.6.1: "A recipient MUST parse and ignore a reasonable number of empty list elements."
const tagList = new RegExp(`^[ \\t,]*(?:${entityTag}[ \\t]*(?:,[ \\t,]*|$))*$`)

export type EntityTags = readonly string[] | '*'

/**
 * Returns the ETags in an `If-Match` or `If-None-Match` header, or `*` when the header is `*`. Throws Problem
 * 'invalid-request' when the header is malformed.
 */
export function parseEntityTags(name: 'If-Match' | 'If-None-Match', header: string): EntityTags {
  if (header.trim() === '*') return '*'
  if (!tagList.test(header)) {
    throw new Problem('invalid-request', `${name} must be * or a list of ETags, such as ${name}: "3".`)
  }
  return header.match(new RegExp(entityTag, 'g')) ?? []
}

export function formatEntityTag(value: string): string {
  return `"${value}"`
}

/** Returns the value of a strong tag. */
export function valueOfTag(tag: string): string {
  return tag.slice(1, -1)
}
