/** Sends requests to the server under attack, and searches every response for credentials. */
import {Agent, type IncomingMessage, request} from 'node:http'
import {setTimeout as delay} from 'node:timers/promises'
import type {Transcript} from './transcript.ts'

export interface Sent {
  method: string
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** A body that is sent unchanged, instead of `body`. */
  rawBody?: string | Buffer
}

export interface Answer {
  /** The HTTP status, or 0 when the connection broke before the response. */
  status: number
  headers: Readonly<Record<string, string>>
  text: string
  /** The parsed JSON, or undefined when the response has no valid JSON. */
  body: any
  /** Whether the response claims to be JSON and is not. */
  isInvalidJson?: boolean
}

/** Sends requests with the credentials of a caller. */
export type Send = (sent: Sent) => Promise<Answer>

const timeoutMs = 150_000 // on a busy machine, a process can be without CPU time for a minute
const maxAttempts = 5 // a database that refuses all these attempts is a finding
const streamReady = /stream\.(ready|unavailable|reset)/

export class Client {
  readonly #url: string
  readonly #transcript: Transcript
  readonly #agent = new Agent({keepAlive: true, maxSockets: 16})
  /** The number of responses with each status. */
  readonly statuses = new Map<number, number>()

  constructor(url: string, transcript: Transcript) {
    this.#url = url
    this.#transcript = transcript
  }

  /**
   * Never rejects. Reads only the first events of a stream. `expected` contains the credentials that may occur in the
   * response. Repeats a request that a busy database refuses, because the response asks for it; see `maxAttempts`.
   */
  async send(sent: Sent, expected: readonly string[] = []): Promise<Answer> {
    let answer = await this.#sendOnce(sent, expected)
    for (let attempt = 1; attempt < maxAttempts && answer.body?.code === 'store-busy'; attempt++) {
      await delay(1000 * Number(answer.headers['retry-after'] ?? 1))
      answer = await this.#sendOnce(sent, expected)
    }
    return answer
  }

  async #sendOnce(sent: Sent, expected: readonly string[]): Promise<Answer> {
    const answer = await this.#exchange(sent)
    const head = Object.entries(answer.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n')
    this.#transcript.search(
      `the response to ${sent.method} ${sent.path}`,
      `${head}\n\n${answer.text}`,
      expected,
    )
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
    return answer
  }

  close(): void {
    this.#agent.destroy()
  }

  #exchange({method, path, query, headers, body, rawBody}: Sent): Promise<Answer> {
    const content = rawBody ?? (body === undefined ? undefined : JSON.stringify(body))
    const search = query && Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : ''
    const options = {
      method,
      agent: this.#agent,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(content !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(content)),
        }),
        ...headers,
      },
    }
    return new Promise(resolve => {
      const asked = request(this.#url + path + search, options, response => {
        readText(response).then(text => resolve(answerOf(response, text)))
      })
      asked.on('error', () => resolve({status: 0, headers: {}, text: '', body: undefined}))
      asked.end(content)
    })
  }
}

/** Sends requests with the token in the header. */
export function sendAs(client: Client, token: string): Send {
  return sent => client.send({...sent, headers: {authorization: `Bearer ${token}`, ...sent.headers}})
}

export async function requireSuccess(answer: Promise<Answer>): Promise<Answer> {
  const {status, text} = await answer
  if (status < 200 || status > 299) throw new Error(`Status ${status}: ${text}`)
  return answer
}

function readText(response: IncomingMessage): Promise<string> {
  const isStream = response.headers['content-type'] === 'text/event-stream'
  const chunks: Buffer[] = []
  const received = () => Buffer.concat(chunks).toString()
  return new Promise(resolve => {
    response.on('data', chunk => {
      chunks.push(chunk)
      if (!isStream || !streamReady.test(received())) return
      resolve(received())
      response.destroy()
    })
    response.on('error', () => {})
    response.on('close', () => resolve(received()))
  })
}

function answerOf({statusCode = 0, headers}: IncomingMessage, text: string): Answer {
  const isJson = /json/.test(headers['content-type'] ?? '')
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    text,
    ...(isJson && text !== '' ? parseBody(text) : {body: undefined}),
  }
}

function parseBody(text: string): Pick<Answer, 'body' | 'isInvalidJson'> {
  try {
    return {body: JSON.parse(text)}
  } catch {
    return {body: undefined, isInvalidJson: true}
  }
}
