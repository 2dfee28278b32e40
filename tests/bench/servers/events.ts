/** The events that all servers send alike: 280 bytes each on the wire, as a small change of a task has. */
import {randomUUID} from 'node:crypto'

export interface BenchEvent {
  seq: number
  id: string
  type: 'status_changed'
  /** One line of JSON. */
  data: string
  /** The whole as server-sent event. */
  block: string
}

const length = 280 // bytes of a block
const taskId = randomUUID()

export function makeEvent(seq: number, epoch = 'abcdefghijklm'): BenchEvent {
  const id = `${epoch}-${seq}`
  const type = 'status_changed'
  const timestamp = new Date().toISOString()
  const around = `id:${id}\nevent:${type}\ndata:\n\n`.length
  const fields = {type, timestamp, task_id: taskId, padding: ''}
  const padding = 'x'.repeat(length - around - JSON.stringify(fields).length)
  const data = JSON.stringify({...fields, padding})
  return {seq, id, type, data, block: `id:${id}\nevent:${type}\ndata:${data}\n\n`}
}

/** What a stream without history says first, so that a reader knows that it is open. */
export const readyBlock = 'event:stream.ready\ndata:{}\n\n'
export const readyMark = 'stream.ready'

/** What keeps an idle stream alive. */
export const heartbeatBlock = ':\n\n'

export const streamHead = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** What a reader sends to open a stream. */
export const streamRequest =
  'GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n\r\n'
