import {promisify} from 'node:util'
import {brotliDecompress, gunzip, inflate} from 'node:zlib'
import type {Context} from 'koa'
import {requireShallowJson} from '../board/json-depth.ts'
import {Problem} from '../board/problem.ts'
import {limitAtOnce} from './at-once.ts'
import {type BodyReader, bodyTooLarge} from './body-reader.ts'

export interface ReadJsonOptions {
  /** The maximum size of the compressed body and of the decompressed body. Default 1 MiB. */
  maxBytes?: number
  /** Whether the body may have a `Content-Encoding`. Default true. */
  isCompressible?: boolean
  /** Whether the body may be empty. An empty body needs no `Content-Type`. Default false. */
  isOptional?: boolean | undefined
}

const decompressors = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

// Each decompression needs up to 1 MiB of memory, and Node's thread pool runs at most four decompressions at the same
// time.
const decompressInTurn = limitAtOnce(4)

// [spec] RFC 8259, section 8.1: JSON text "MUST be encoded using UTF-8". Without `fatal`, the decoder would replace
// invalid bytes with U+FFFD.
const utf8 = new TextDecoder('utf-8', {fatal: true})

/**
 * Parses the body. Returns undefined when an optional body is empty. Authenticate the caller before you call this
 * function, because parsing costs CPU time. Throws Problem 'unsupported-media-type' or 'malformed-json'. Also throws the
 * errors of `BodyReader.read`.
 */
export async function readJson(
  ctx: Context,
  bodies: BodyReader,
  {maxBytes = 1024 * 1024, isCompressible = true, isOptional = false}: ReadJsonOptions = {},
): Promise<unknown> {
  if (!isOptional) decompressorOf(ctx, isCompressible) // a body of another type is rejected before it arrives
  const body = await bodies.read(ctx.req, maxBytes)
  if (isOptional && body.length === 0) return undefined
  const decompress = decompressorOf(ctx, isCompressible)
  try {
    const bytes = decompress
      ? await decompressInTurn(() => decompress(body, {maxOutputLength: maxBytes}))
      : body
    requireShallowJson(bytes)
    return JSON.parse(utf8.decode(bytes))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(maxBytes)
    const {message} = error as Error
    throw new Problem('malformed-json', `The body is not valid JSON in UTF-8: ${message}`, {}, {cause: error})
  }
}

/** Returns undefined when the body is not compressed. Throws Problem 'unsupported-media-type'. */
function decompressorOf(ctx: Context, isCompressible: boolean) {
  // Koa's `ctx.is` expects a header that shows that there is a body. HTTP/2 has no such header.
  if (ctx.request.type.toLowerCase() !== 'application/json') {
    throw new Problem('unsupported-media-type', 'Send the body as JSON, with Content-Type: application/json.')
  }
  const encoding = ctx.get('Content-Encoding').toLowerCase() || 'identity'
  const decompress = isCompressible ? decompressors.get(encoding) : undefined
  if (!decompress && encoding !== 'identity') {
    const supported = isCompressible ? `, or be one of ${[...decompressors.keys()].join(', ')}` : ''
    throw new Problem('unsupported-media-type', `Content-Encoding must be omitted${supported}.`)
  }
  return decompress
}
