// Tests that both transports receive the frames of tests/vectors over real sockets.
import {readdirSync, readFileSync} from 'node:fs'
import test from 'ava'
import {EventSource} from 'eventsource'
import {Api} from '../../src/client/api.ts'
import {overEventSource, overFetch} from '../../src/client/transport.ts'
import {startScriptedServer} from '../helpers/scripted-server.ts'
import {until} from '../helpers/until.ts'

// Node has no EventSource. The package `eventsource` follows the same specification as a browser.
Object.assign(globalThis, {EventSource})

const folder = new URL('../vectors/', import.meta.url)
// This test removes the event field from each frame, because the server omits this field when a client requests framing=message.
const frames = readdirSync(folder)
  .filter(name => name.endsWith('.sse'))
  .map(name => readFileSync(new URL(name, folder), 'utf8').replace(/^event:.*\n/m, ''))

for (const [name, transport] of Object.entries({EventSource: overEventSource, fetch: overFetch})) {
  test(`over ${name}, every frame arrives unchanged, no matter how its bytes are split`, async t => {
    // [spec] A client ignores a leading byte order mark.
    const bytes = Buffer.from(`\uFEFF${frames.join('')}`)
    const expected = frames.map(frame => /^data:(.*)$/m.exec(frame)![1])
    for (const size of [7, 100, 1_000, bytes.length]) {
      const server = await startScriptedServer([
        async res => {
          res.writeHead(200, {'content-type': 'text/event-stream'})
          for (let at = 0; at < bytes.length; at += size) {
            res.write(bytes.subarray(at, at + size))
            if (at % (size * 20) === 0) await new Promise(setImmediate)
          }
        },
      ])
      t.teardown(() => server.close())
      const received: [data: string, id: string][] = []
      const api = new Api({url: server.url})
      const controller = new AbortController()
      const {signal} = controller
      transport(api, '/events/tasks?framing=message', undefined, signal, {
        message: (data, id) => received.push([data, id]),
        ended: () => signal.aborted || t.fail('the stream ended before the abort'),
      })
      await until(() => received.length === frames.length)
      controller.abort()
      t.deepEqual(
        received.map(([data]) => data),
        expected,
      )
      for (const [index, frame] of frames.entries()) {
        const id = /^id:(.*)$/m.exec(frame)?.[1]
        if (id) t.is(received[index]![1], id)
      }
    }
  })
}
