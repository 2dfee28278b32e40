import {bodyParser} from '@koa/bodyparser'
import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

const limit = '1mb' // 1,048,576 bytes, counted after decompression

/** Reads `ctx.request.body`. Throws Problem 'unsupported-media-type', 'body-too-large' or 'malformed-json'. */
export function jsonBody(): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    jsonLimit: limit,
    jsonStrict: false, // a bare `null` is JSON too; that it is no object is the schema's to say
    onError(error) {
      throw toProblem(error)
    },
  })
  return async (ctx, next) => {
    if (ctx.is('application/json')) return parse(ctx, next)
    throw new Problem('unsupported-media-type', 'Send a body with Content-Type: application/json.')
  }
}

function toProblem(error: Error & {status?: number}): Problem {
  switch (error.status) {
    case 413:
      return new Problem('body-too-large', 'A body may have 1 MiB at the most.', {}, {cause: error})
    case 415:
      return new Problem('unsupported-media-type', `This body cannot be read: ${error.message}.`)
    default:
      return new Problem('malformed-json', `The body is not JSON: ${error.message}`, {}, {cause: error})
  }
}
