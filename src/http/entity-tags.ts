/**
 * Entity tags. The value of a tag is a version with a hash, a cursor or a hash. The tag of a compressed response also contains the
 * coding.
 */
import {createHash} from 'node:crypto'
import {canonicalJson} from '../board/canonical-json.ts'
import {type Cursor, formatCursor, parseCursor} from '../board/cursor.ts'
import {Problem} from '../board/problem.ts'
import {type Coding, codings} from './content-coding.ts'

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

// [spec] Section 8.8.3.3: the representations of a resource in different codings have different strong ETags.
const codingSuffix = new RegExp(`-(${codings.join('|')})$`)

/**
 * The number of the format of boards. Increase this number when a release changes what a board contains. Otherwise, a
 * client with the board of the older release would receive a 304, and would keep a board without the new fields.
 */
const boardFormat = 3

/** Returns the ETag of a response. `coding` is undefined when the response is not compressed. */
export function formatEntityTag(value: string, coding?: Coding): string {
  return coding ? `"${value}-${coding}"` : `"${value}"`
}

/** Returns the values that a strong ETag can have: the text in the quotes, and the same text without a coding. */
export function valuesOfTag(tag: string): string[] {
  const text = tag.slice(1, -1)
  return [text, text.replace(codingSuffix, '')]
}

/** Returns the coding in the tag. Returns undefined when the tag belongs to a response that is not compressed. */
export function codingOfTag(tag: string): Coding | undefined {
  return codingSuffix.exec(tag.slice(1, -1))?.[1] as Coding | undefined
}

/**
 * Returns the value of the ETag of a resource: its version, and 64 bits of a hash of its content. The version alone is not
 * enough, because a comment changes the numbers of its task, a deleted label leaves its tasks, and a release adds fields.
 */
export function resourceVersion(resource: {version: number}): string {
  const hash = createHash('sha256').update(canonicalJson(resource)).digest('hex').slice(0, 16)
  return `${resource.version}-${hash}`
}

/** Returns the value of the ETag of a board at this cursor. */
export function boardVersionAt(cursor: Cursor): string {
  return `${boardFormat}-${formatCursor(cursor)}`
}

/** Returns the cursor in the value of a board's ETag. Returns undefined when the value has another format. */
export function cursorOfBoardVersion(value: string): Cursor | undefined {
  const prefix = `${boardFormat}-`
  return value.startsWith(prefix) ? parseCursor(value.slice(prefix.length)) : undefined
}
