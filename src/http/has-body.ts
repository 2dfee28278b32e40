import type {IncomingMessage} from 'node:http'
import type {Http2ServerRequest} from 'node:http2'

/** Returns whether the request has a body. A chunked body may still be empty. Used for routes that can do without a body. */
export function hasBody(req: IncomingMessage | Http2ServerRequest): boolean {
  const {'content-length': length, 'transfer-encoding': coding} = req.headers
  if (length !== undefined) return length !== '0'
  // [spec] RFC 9112, section 6.3: a request without these two headers has no body. HTTP/2 does not need the headers.
  return coding !== undefined || ('stream' in req && !req.stream.endAfterHeaders)
}
