import {acceptsCoding} from './content-coding.ts'
import {codingOfTag, type EntityTags, formatEntityTag, parseEntityTags, valuesOfTag} from './entity-tags.ts'

/**
 * Returns the ETags in an `If-None-Match` header, or an empty list when the header is missing. Omits the ETags of
 * responses in a coding that the client does not accept. A shared cache sends the ETags of all its stored responses, and
 * after a 304 it would send a stored response that its client cannot decompress. Throws Problem 'invalid-request' when
 * the header is malformed.
 */
export function parseIfNoneMatch(header: string | undefined, acceptEncoding: string | undefined): EntityTags {
  if (header === undefined) return []
  const tags = parseEntityTags('If-None-Match', header)
  if (tags === '*') return tags
  // [spec] RFC 9110, section 13.1.2: the comparison is weak, so the prefix W/ is ignored.
  const strong = tags.map(tag => tag.replace(/^W\//, ''))
  return strong.filter(tag => {
    const coding = codingOfTag(tag)
    return !coding || acceptsCoding(acceptEncoding, coding)
  })
}

/**
 * If the client has the current content, returns the ETag of a 304 response. Otherwise returns undefined.
 * @param current the value of the current ETag
 * @param isCurrent returns whether an ETag with this value identifies the current content
 */
export function findMatch(
  tags: EntityTags,
  current: string,
  isCurrent = (value: string): boolean => value === current,
): string | undefined {
  if (tags === '*') return formatEntityTag(current)
  return tags.find(tag => valuesOfTag(tag).some(isCurrent))
}
