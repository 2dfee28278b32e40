/** Sends requests to the API on one reusable connection. */
import {Agent, request} from 'node:http'

export interface Answer {
  status: number
  eventId: string | undefined
  body: any
}

export interface SendOptions {
  body?: unknown
  headers?: Record<string, string>
}

const timeoutMs = 25_000 // within this time, the server can report that the database does not respond

export class Requester {
  readonly #url: string
  readonly #token: string
  readonly #agent = new Agent({keepAlive: true, maxSockets: 1})

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Resolves with undefined when no complete response arrives. Never rejects. */
  send(method: string, path: string, {body, headers}: SendOptions = {}): Promise<Answer | undefined> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const options = {
      agent: this.#agent,
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(text !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
        ...headers,
      },
    }
    return new Promise(resolve => {
      const sent = request(`${this.#url}/api/v1${path}`, options, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', () => resolve(undefined))
        response.on('close', () => {
          if (!response.complete) return resolve(undefined)
          const received = Buffer.concat(chunks).toString()
          resolve({
            status: response.statusCode!,
            eventId: response.headers['event-id'] as string | undefined,
            body: received ? JSON.parse(received) : undefined,
          })
        })
      })
      sent.on('error', () => resolve(undefined))
      sent.end(text)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
