import {promisify} from 'node:util'
import {brotliDecompress, gunzip, inflate} from 'node:zlib'
import type {Context} from 'koa'
import {Problem} from '../board/problem.ts'
import {bodyTooLarge, readBody} from './read-body.ts'

const maxBodyBytes = 1024 * 1024 // this limit applies to the compressed body and to the decompressed body

const decompressors = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

// [spec] RFC 8259, section 8.1: JSON text "MUST be encoded using UTF-8". Without `fatal`, the decoder would replace
// invalid bytes with U+FFFD.
const utf8 = new TextDecoder('utf-8', {fatal: true})

/** Parses the body. Throws Problem 'unsupported-media-type', 'body-too-large' or 'malformed-json'. */
export async function readJson(ctx: Context): Promise<unknown> {
  if (!ctx.is('application/json')) {
    throw new Problem('unsupported-media-type', 'Send the body as JSON, with Content-Type: application/json.')
  }
  const encoding = ctx.get('Content-Encoding').toLowerCase() || 'identity'
  const decompress = decompressors.get(encoding)
  if (!decompress && encoding !== 'identity') {
    const supported = [...decompressors.keys()].join(', ')
    throw new Problem(
      'unsupported-media-type',
      `Content-Encoding must be omitted, or be one of ${supported}.`,
    )
  }
  const body = await readBody(ctx.req, maxBodyBytes)
  try {
    return JSON.parse(
      utf8.decode(decompress ? await decompress(body, {maxOutputLength: maxBodyBytes}) : body),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(maxBodyBytes)
    const {message} = error as Error
    throw new Problem('malformed-json', `The body is not valid JSON in UTF-8: ${message}`, {}, {cause: error})
  }
}
