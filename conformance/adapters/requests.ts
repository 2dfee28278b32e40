import {Agent, request} from 'node:http'

// One connection for each concurrent publisher.
const agent = new Agent({keepAlive: true})

export interface Answer {
  status: number
  body: string
}

/** Sends a request on a connection that is used again. Rejects when the connection fails. */
export function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = {'Content-Length': String(Buffer.byteLength(body))}
    const req = request(url, {method, agent, headers: {...headers, ...(body !== '' && length)}}, res => {
      const parts: Buffer[] = []
      res.on('data', bytes => parts.push(bytes))
      res.on('end', () => resolve({status: res.statusCode!, body: Buffer.concat(parts).toString()}))
      res.on('error', reject)
    })
    req.on('error', error => {
      // A kept connection may close while the request is sent.
      const isStale = req.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
      if (isStale) send(method, url, headers, body).then(resolve, reject)
      else reject(error)
    })
    req.end(body)
  })
}

/** Like `send`, but rejects when the status is not 2xx. */
export async function sendOk(...request: Parameters<typeof send>): Promise<string> {
  const {status, body} = await send(...request)
  if (status >= 200 && status < 300) return body
  throw new Error(`${request[0]} ${request[1]} got the status ${status}: ${body.slice(0, 200)}`)
}
