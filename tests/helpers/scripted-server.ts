/** A server that responds to each stream request with the next entry of `answers`, and records all requests. */
import {once} from 'node:events'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface ScriptedServer {
  url: string
  /** Requests for streams and long polls, in order. */
  streams: {lastEventId: string | null; token: string | null; at: number; isPoll: boolean}[]
  /** All other requests, for example `GET /me`, in order. */
  calls: string[]
  close(): Promise<void>
}

export type Answer = (res: ServerResponse, req: IncomingMessage) => void

/**
 * When all answers have been used, the last answer is used again. `rest` responds to all requests that are not for
 * streams. Default of `rest`: a 200 response with Ada as the caller.
 */
export async function startScriptedServer(answers: Answer[], rest: Answer = ada): Promise<ScriptedServer> {
  const streams: ScriptedServer['streams'] = []
  const calls: string[] = []
  const server = createServer((req, res) => {
    res.setHeader('access-control-allow-origin', '*')
    const {pathname, searchParams} = new URL(req.url!, 'http://localhost')
    const path = pathname.replace('/api/v1', '')
    if (!path.startsWith('/events')) {
      calls.push(`${req.method} ${path}`)
      rest(res, req)
      return
    }
    const answer = answers[Math.min(streams.length, answers.length - 1)]!
    streams.push({
      lastEventId: req.headers['last-event-id']?.toString() ?? searchParams.get('lastEventId'),
      token: searchParams.get('token') ?? req.headers.authorization?.replace('Bearer ', '') ?? null,
      at: Date.now(),
      isPoll: req.headers.accept === 'application/json',
    })
    answer(res, req)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams,
    calls,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const ada: Answer = res =>
  json(res, 200, {user_id: 'ada', organization_id: 'acme', role: 'member', name: 'Ada'})

export function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, {'content-type': status < 400 ? 'application/json' : 'application/problem+json'})
  res.end(JSON.stringify(body))
}

/** Responds with a problem in the server's format. */
export function refuse(status: number, code: string): Answer {
  return res => json(res, status, {type: 'about:blank', status, code, detail: `Refused: ${code}.`})
}

const epoch = 'abcdefghijk23'
const timestamp = '2026-03-02T09:30:00.125Z'
export const cursor = (seq: number) => `${epoch}-${seq}`

/** Creates the frames that the server sends, in the framing that `@boardcast/client` requests. */
export const frame = {
  open: (seq: number, heartbeat_seconds = 15) =>
    framed(seq, {type: 'stream.open', cursor: cursor(seq), heartbeat_seconds}),
  /**
   * The server sends `stream.open` without an id when a reset follows. If the client loses the connection
   * before the reset, the client reconnects with its old cursor.
   */
  openBeforeReset: (seq: number) =>
    framed(undefined, {type: 'stream.open', cursor: cursor(seq), heartbeat_seconds: 15}),
  ready: (seq: number) => framed(seq, {type: 'stream.ready', cursor: cursor(seq), replayed: 0}),
  heartbeat: (seq: number) => framed(seq, {type: 'stream.heartbeat', checked_at: timestamp}),
  reset: (seq: number) => framed(seq, {type: 'stream.reset', reason: 'expired', cursor: cursor(seq)}),
  drain: (seq: number) => framed(seq, {type: 'stream.drain'}),
  unavailable: () => framed(undefined, {type: 'stream.unavailable', reason: 'store'}),
  /** A field of the block of the next frame. */
  retry: (milliseconds: number) => `retry:${milliseconds}\n`,
  /** An event of the log. The task id of the event contains the seq. */
  event: (seq: number) => framed(seq, event(seq)),
}

const event = (seq: number) => ({type: 'task.deleted', task_id: `task-${seq}`, project_id: 'rocket'})

function framed(seq: number | undefined, data: object): string {
  const id = seq === undefined ? '' : `id:${cursor(seq)}\n`
  return `${id}data:${JSON.stringify({...data, timestamp})}\n\n`
}

/** Sends these frames and leaves the stream open. `then` is called after the frames have been written. */
export function stream(frames: readonly string[], then?: (res: ServerResponse) => void): Answer {
  return res => {
    res.writeHead(200, {'content-type': 'text/event-stream', connection: 'close'})
    res.write(frames.join(''), () => then?.(res))
  }
}

/** Answers a long poll at the cursor `seq`, with the events after the cursor `after`. */
export function answerPoll(seq: number, after = seq, more: object = {}): Answer {
  const seqs = Array.from({length: seq - after}, (_, index) => after + index + 1)
  const events = seqs.map(seq => ({id: cursor(seq), ...event(seq), timestamp}))
  return res => json(res, 200, {events, cursor: cursor(seq), ready: true, ...more})
}

/** Sends nothing, and leaves the request open. */
export const silence: Answer = () => {}

/** Opens a stream that is live at `seq`, sends these frames, and leaves the stream open. */
export const live = (seq: number, ...frames: string[]): Answer =>
  stream([frame.retry(600), frame.open(seq), frame.ready(seq), ...frames])
