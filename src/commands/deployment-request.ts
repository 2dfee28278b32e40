/**
 * Sends requests to a deployment over HTTP/1.1. Each request has its own connection, and the response shows details that
 * `fetch` hides: the HTTP version, the transfer encoding and the content coding.
 */
import {type IncomingHttpHeaders, type IncomingMessage, request as requestHttp} from 'node:http'
import {request as requestHttps} from 'node:https'
import {createBrotliDecompress, createGunzip, createInflate} from 'node:zlib'

/** The deployment that is checked. */
export interface Deployment {
  /** The origin, without a path. */
  url: URL
  /** The headers with the credential. */
  credential: Readonly<Record<string, string>>
}

export interface RequestOptions {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** Aborts the request or the response. Default: a time limit of `timeoutMs`. */
  signal?: AbortSignal
}

/** A response whose body may still be arriving. */
export interface Head {
  status: number
  headers: IncomingHttpHeaders
  httpVersion: string
  /** The pieces of the body as text, without the content coding. */
  body: AsyncIterable<string>
}

export type Answer = Omit<Head, 'body'> & {text: string}

const timeoutMs = 10_000

/** Resolves when the head of the response has arrived. Rejects when the connection fails or the signal aborts. */
export function open({url}: Deployment, path: string, options: RequestOptions = {}): Promise<Head> {
  const {method = 'GET', headers, body, signal = AbortSignal.timeout(timeoutMs)} = options
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = send(new URL(path, url), {method, headers: headers ?? {}, agent: false, signal})
    request.on('error', reject)
    request.on('response', response => {
      const {statusCode = 0, headers, httpVersion} = response
      resolve({status: statusCode, headers, httpVersion, body: textOf(response)})
    })
    request.end(body)
  })
}

/** Resolves when the whole response has arrived. */
export async function fetchAll(
  deployment: Deployment,
  path: string,
  options?: RequestOptions,
): Promise<Answer> {
  const {body, ...head} = await open(deployment, path, options)
  let text = ''
  for await (const piece of body) text += piece
  return {...head, text}
}

/** Returns the JSON object in the body, or an empty object when the body is no JSON object. */
export function jsonOf({text}: Answer): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Describes the response in a few words, for example `502 (text/html)`. */
function describe({status, headers}: Pick<Head, 'status' | 'headers'>): string {
  return `${status} (${headers['content-type'] ?? 'no Content-Type'})`
}

/** Returns a sentence about a response that the server does not send. */
export function explainUnexpected(answer: Pick<Head, 'status' | 'headers'>): string {
  const isHtml = answer.headers['content-type']?.includes('html')
  const sender = isHtml ? 'A proxy answered with its own HTML page' : 'The answer was'
  return `${sender}: ${describe(answer)}.`
}

const decoders = {
  br: createBrotliDecompress,
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
}

function textOf(response: IncomingMessage): AsyncIterable<string> {
  const coding = response.headers['content-encoding'] as keyof typeof decoders | undefined
  const decoder = coding && decoders[coding]?.()
  if (!decoder) return response.setEncoding('utf8')
  response.on('error', error => decoder.destroy(error))
  return response.pipe(decoder).setEncoding('utf8')
}
