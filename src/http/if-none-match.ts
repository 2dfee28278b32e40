import {parseEntityTags} from './entity-tags.ts'

/**
 * Returns a function that returns whether the client already has the representation with this ETag. Throws Problem
 * 'invalid-request' when the `If-None-Match` header is malformed.
 */
export function parseIfNoneMatch(header: string | undefined): (etag: string) => boolean {
  if (header === undefined) return () => false
  const tags = parseEntityTags('If-None-Match', header)
  // [spec] RFC 9110, section 13.1.2: the comparison is weak, so the prefix W/ is ignored.
  return etag => tags === '*' || tags.some(tag => tag.replace(/^W\//, '') === etag)
}
