import {readdirSync, readFileSync} from 'node:fs'
import test from 'ava'
import {parseCursor} from '../../src/board/cursor.ts'
import {boardEventSchema, eventSchemas, eventTypes} from '../../src/board/events.ts'
import {type StreamEventType, streamEventSchema, streamEventTypes} from '../../src/board/stream-events.ts'
import {bytesOf, type ControlEvent, controlBytes, type Frame, FrameEncoder} from '../../src/live/frames.ts'
import {encodeEventData} from '../../src/store/event-data.ts'

const folder = new URL('../vectors/', import.meta.url)
const vectors = readdirSync(folder)
  .filter(file => file.endsWith('.sse'))
  .map(file => ({type: file.replace('.sse', ''), bytes: readFileSync(new URL(file, folder), 'utf8')}))

/** Parses the fields of one block according to the specification of event streams. */
function fieldsOf(bytes: string): Record<string, string> {
  return Object.fromEntries(
    bytes
      .trimEnd()
      .split('\n')
      .map(line => line.split(/:(.*)/s).slice(0, 2)),
  )
}

function frameOfVector(type: string, bytes: string): Frame {
  const {id, data} = fieldsOf(bytes)
  const {epoch, seq} = parseCursor(id!)!
  const columns = {
    project_id: null,
    sprint_id: null,
    left_sprint_id: null,
    left_story_id: null,
    story_id: null,
    task_id: null,
    recipients: null,
  }
  return new FrameEncoder().frameOf(epoch, {...columns, type: type as Frame['type'], seq, data: data!})
}

test('every event type has a test vector, and every test vector belongs to an event type', t => {
  t.deepEqual(vectors.map(({type}) => type).sort(), [...eventTypes, ...streamEventTypes].sort())
})

for (const {type, bytes} of vectors.filter(({type}) => type in eventSchemas)) {
  test(`${type}: the schema accepts the test vector unchanged, and the server writes the same bytes`, t => {
    const {data} = fieldsOf(bytes)
    const event = JSON.parse(data!)
    t.deepEqual(boardEventSchema.parse(event), event)
    t.is(encodeEventData(event), data!)
    t.is(frameOfVector(type, bytes).bytes, bytes)
  })
}

for (const {type, bytes} of vectors.filter(({type}) => streamEventTypes.includes(type as StreamEventType))) {
  test(`${type}: the schema accepts the test vector, and the server writes the same bytes with another timestamp`, t => {
    const {id, data} = fieldsOf(bytes)
    t.deepEqual(streamEventSchema.parse(JSON.parse(data!)), JSON.parse(data!))
    const {timestamp, ...event} = JSON.parse(data!)
    const written = controlBytes(event as ControlEvent, 'event', {id})
    const now = JSON.parse(fieldsOf(written).data!).timestamp
    t.is(written.replace(now, timestamp), bytes)
  })
}

test('with framing=message, a frame has no event field and is otherwise unchanged', t => {
  for (const {type, bytes} of vectors.filter(({type}) => type in eventSchemas)) {
    t.is(bytesOf(frameOfVector(type, bytes), 'message'), bytes.replace(`event:${type}\n`, ''))
  }
})

test('every character of a frame is one byte, and a frame is one block', t => {
  for (const {type, bytes} of vectors) {
    t.is(Buffer.byteLength(bytes), bytes.length, type)
    t.true(bytes.endsWith('\n\n'), type)
    t.is(bytes.indexOf('\n\n'), bytes.length - 2, 'the frame is one block')
  }
})

test('the retry delay is a field of the block of its event', t => {
  const bytes = controlBytes({type: 'stream.drain'}, 'event', {retry: {minMs: 1_234, maxMs: 1_234}})
  t.regex(bytes, /^retry:1234\nevent:stream\.drain\ndata:[^\n]+\n\n$/)
})
