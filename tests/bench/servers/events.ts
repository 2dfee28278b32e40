/**
 * Creates the events that all servers send. Each event has 280 bytes, like an event of a small change to a
 * task.
 */
import {randomUUID} from 'node:crypto'

export interface BenchEvent {
  seq: number
  id: string
  type: 'status_changed'
  /** One line of JSON. */
  data: string
  /** The complete server-sent event. */
  block: string
}

const blockBytes = 280
const taskId = randomUUID()

export function makeEvent(seq: number, epoch = 'abcdefghijklm'): BenchEvent {
  const id = `${epoch}-${seq}`
  const type = 'status_changed'
  const timestamp = new Date().toISOString()
  const around = `id:${id}\nevent:${type}\ndata:\n\n`.length
  const fields = {type, timestamp, task_id: taskId, padding: ''}
  const padding = 'x'.repeat(blockBytes - around - JSON.stringify(fields).length)
  const data = JSON.stringify({...fields, padding})
  return {seq, id, type, data, block: `id:${id}\nevent:${type}\ndata:${data}\n\n`}
}

/** The first block of a stream that replays no events. The block shows a reader that the stream is open. */
export const readyBlock = 'event:stream.ready\ndata:{}\n\n'
export const readyMark = 'stream.ready'

/** The heartbeat of an idle stream. */
export const heartbeatBlock = ':\n\n'

export const streamHead = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** The request that opens a stream. */
export const streamRequest =
  'GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n\r\n'
