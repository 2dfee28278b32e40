/** Serves the contract of the API, `openapi.yaml`. */
import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import Router from '@koa/router'
import {Compressor} from './compressor.ts'
import {chooseCoding} from './content-coding.ts'
import {formatEntityTag} from './entity-tags.ts'
import {findMatch, parseIfNoneMatch} from './if-none-match.ts'
import {JsonPieces, sendPieces} from './json-pieces.ts'

// The relative path is the same from dist/http and from src/http.
const file = new URL('../../openapi.yaml', import.meta.url)

export const contractPath = '/openapi.yaml'

/**
 * Reads the contract. Call this function when the process starts, so that the contract describes the code of this
 * process even after a new version has been installed.
 */
export function readContract(): Promise<Buffer> {
  return readFile(file)
}

export function contractFile(contract: Buffer): Router {
  const router = new Router()
  const hash = createHash('sha256').update(contract).digest('base64url')
  const pieces = JsonPieces.of(contract)
  const compressor = new Compressor() // keeps the compressed contract, because all responses share the pieces
  router.get(contractPath, async ctx => {
    const {'if-none-match': ifNoneMatch, 'accept-encoding': acceptEncoding} = ctx.headers
    ctx.status = 200
    ctx.set('Cache-Control', 'no-cache')
    ctx.vary('Accept-Encoding')
    // `ctx.fresh` would be false, because Node’s fetch sends `Cache-Control: no-cache` together with `If-None-Match`.
    const match = findMatch(parseIfNoneMatch(ifNoneMatch, acceptEncoding), hash)
    if (match) {
      ctx.set('ETag', match)
      ctx.status = 304
      return
    }
    const coding = chooseCoding(acceptEncoding)
    const compressed = coding && (await compressor.compress(pieces, coding))
    if (compressed) ctx.set('Content-Encoding', coding)
    ctx.set('ETag', formatEntityTag(hash, compressed && coding))
    sendPieces(ctx, compressed ?? pieces)
    // [spec] RFC 9512 defines no parameter `charset` for this media type.
    ctx.set('Content-Type', 'application/yaml')
  })
  return router
}
