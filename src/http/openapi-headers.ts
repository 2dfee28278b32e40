/** Describes the headers of requests and responses for the contract. */
import type {ResponseConfig} from '@asteasolutions/zod-to-openapi'
import {z} from 'zod'

export const responseHeaders = {
  'Event-Id':
    'A cursor. The response includes every event up to this cursor and no later event. A stream from this cursor delivers the events that follow.',
  ETag: 'The version of the resource and a hash of its content, in double quotes. For a board, the version contains the cursor of the board. In a compressed response, the coding follows, for example `"3-8c1f4a6b2e5d9073-br"`.',
  Location: 'The path of the created resource.',
}

/** Headers of some responses. */
export const optionalHeaders = {
  'WWW-Authenticate': 'Always `Bearer`.',
  'Retry-After': 'The number of seconds to wait before a retry. Only with status 429 and 503.',
  RateLimit:
    'For each limit: `r`, the number of requests that the limit still allows, and `t`, the number of seconds until the limit is reset. Only when the server has a limit. See draft-ietf-httpapi-ratelimit-headers-10.',
  'RateLimit-Policy':
    'The limits of this request: `q` requests in a window of `w` seconds. Only when the server has a limit. See draft-ietf-httpapi-ratelimit-headers-10.',
}

export const ifMatch = z.string().optional().meta({
  description:
    'A list of ETags, or of versions in double quotes, for example `"3"`. The request succeeds only if one of them has the current version of the resource. Otherwise, the status is 412 and nothing changes. The rest of an ETag is not compared, so that a new comment does not conflict with an edit of its task.',
})

export const ifNoneMatch = z.string().optional().meta({
  description:
    'A list of ETags, or `*`. When the list contains the current ETag of the resource, the status is 304 and the response has no body. A weak ETag matches too. After a `stream.reset` with the reason `epoch`, send no older ETag: after a restore, another content can have the same ETag.',
})

export const notModified: ResponseConfig = {
  description:
    'You have the current version of the resource: the ETag of the resource is in `If-None-Match`.',
  headers: headerReferences(['Event-Id', 'ETag']),
}

export const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[!-~]+$/)
  .optional()
  .meta({
    description:
      'Makes the request safe to retry. The response of the first successful request is stored for 24 hours. When the same member sends the same key on the same route again, the server returns the stored response.',
  })

export const ignoredIdempotencyKey = z.string().optional().meta({
  description:
    'Ignored, because the response contains a secret and is never stored. A repeated request creates another credential, which does no harm.',
})

/** The description of the header for requests that report something and store nothing. */
export const reportIdempotencyKey = z.string().optional().meta({
  description: 'Ignored, because the server stores nothing. A repeated report does no harm.',
})

/** The description of the header for requests that send a file. */
export const fileIdempotencyKey = z.string().optional().meta({
  description: 'Ignored. A repeated import of the same file changes nothing.',
})

export const traceEvents = z.string().optional().meta({
  description:
    'With `true`, the events of the change have the field `trace`: the trace of the request, if the request has a `traceparent` or the server records traces.',
})

export function headerReferences(names: readonly string[]) {
  return Object.fromEntries(names.map(name => [name, {$ref: `#/components/headers/${name}`}]))
}
