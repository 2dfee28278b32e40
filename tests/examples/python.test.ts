// Tests the client in examples/python, which was written from docs/protocol.md, against scripted servers.
import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import type {ExecutionContext} from 'ava'
import {runPython, startPython, test} from '../helpers/python.ts'
import {
  type Answer,
  frame,
  json,
  live,
  refuse,
  startScriptedServer,
  stream,
} from '../helpers/scripted-server.ts'

const vectorFolder = fileURLToPath(new URL('../vectors/', import.meta.url))
const vectors = readdirSync(vectorFolder).filter(name => name.endsWith('.sse'))

test('the Python parser reads every test vector as one message, no matter where the bytes are split', async t => {
  const parsed = await runPython(
    `
import json, pathlib, sys
from boardcast import EventStreamParser

def parse(*pieces):
    parser = EventStreamParser()
    return [vars(message) for piece in pieces for message in parser.feed(piece)]

def check(frame):
    whole = parse(frame)
    for at in range(1, len(frame)):
        assert parse(frame[:at], frame[at:]) == whole, (frame, at)
    assert parse(*(bytes([byte]) for byte in frame)) == whole, frame
    assert parse(frame[:-1]) == [], frame
    assert parse(frame.replace(b"\\n", b"\\r\\n")) == whole, frame
    assert parse(b":comment\\n\\nid:only\\n\\n" + frame) == whole, frame
    return whole

frames = {path.name: path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).glob('*.sse'))}
together = parse(b"".join(frames.values()))
print(json.dumps({"each": {name: check(frame) for name, frame in frames.items()}, "together": together}))
`,
    vectorFolder,
  )
  t.deepEqual(Object.keys(parsed.each).sort(), vectors.toSorted())
  for (const name of vectors) {
    const text = readFileSync(`${vectorFolder}${name}`, 'utf8')
    const fieldOf = (field: string) => new RegExp(`^${field}:(.*)$`, 'm').exec(text)?.[1] ?? null
    const message = {data: fieldOf('data'), id: fieldOf('id'), event: fieldOf('event'), retry: null}
    t.deepEqual(parsed.each[name], [message], name)
    t.is(JSON.parse(message.data!).type, name.replace('.sse', ''))
  }
  t.deepEqual(parsed.together, Object.values(parsed.each).flat())
})

test('the Python function apply_event returns the boards and backlogs of the test vectors, also when each event is applied twice', async t => {
  const applied = await runPython(
    `
import copy, json, pathlib, sys
from board import apply_event

steps = [json.loads(line) for line in pathlib.Path(sys.argv[1]).read_text("utf-8").splitlines()]
faults = []
for step in steps:
    if "event" not in step:
        board = step["board"]
        continue
    before = copy.deepcopy(board)
    apply_event(board, step["event"])
    once = copy.deepcopy(board)
    apply_event(board, step["event"])
    if once != (step["board"] or before) or board != once:
        faults.append(step["case"])
print(json.dumps({"count": len(steps), "faults": faults}))
`,
    `${vectorFolder}apply-event.jsonl`,
  )
  t.deepEqual(applied.faults, [])
  t.true(applied.count > 30)
})

/** Receives events until the number of events is `count` or the stream raises an error. Prints what happened. */
const receive = `
import json, sys
import boardcast

url, cursor, count, opening = sys.argv[1:]
hints = []

def get_token(is_refused):
    hints.append(is_refused)
    return f"token-{len(hints)}"

boardcast.FIRST_BACKOFF = 0.01
boardcast.OPEN_TIMEOUT = float(opening)
stream = boardcast.Stream(url, "/events/tasks", boardcast.bearer(get_token), cursor=cursor or None)
events, error = [], None
try:
    for event in stream:
        events.append([event.cursor, event.type, event.is_replay])
        if len(events) == int(count):
            stream.close()
except (boardcast.Refused, boardcast.Superseded) as raised:
    error = [type(raised).__name__, str(raised)]
print(json.dumps({"events": events, "hints": hints, "error": error, "cursor": stream.cursor}))
`

async function receiveFrom(
  t: ExecutionContext,
  answers: Answer[],
  count: number,
  cursor = '',
  openTimeoutSeconds = 20,
) {
  const server = await startScriptedServer(answers)
  t.teardown(server.close)
  const result = await runPython(receive, server.url, cursor, String(count), String(openTimeoutSeconds))
  return {...result, requests: server.streams.map(({lastEventId, token}) => [lastEventId, token])}
}

const at = (seq: number) => `abcdefghijk23-${seq}`

test('when the server refuses a token, the Python client gets a new token and resumes; when the new token is refused too, the Python client raises Refused', async t => {
  const renewed = await receiveFrom(t, [refuse(401, 'invalid-token'), live(4, frame.event(5))], 1, at(4))
  t.like(renewed, {hints: [false, true], error: null})
  t.deepEqual(renewed.requests, [
    [at(4), 'token-1'],
    [at(4), 'token-2'],
  ])
  const refused = await receiveFrom(t, [refuse(401, 'invalid-token')], 1)
  t.deepEqual(refused.hints, [false, true])
  t.deepEqual(refused.error, ['Refused', '401 invalid-token: Refused: invalid-token.'])
})

for (const status of [400, 403, 404]) {
  test(`after status ${status}, the Python client raises Refused with the code of the problem and sends no other request`, async t => {
    const {requests, error} = await receiveFrom(t, [refuse(status, 'some-code')], 1)
    t.is(requests.length, 1)
    t.deepEqual(error, ['Refused', `${status} some-code: Refused: some-code.`])
  })
}

test('after a status that Boardcast never sends, the Python client tries again', async t => {
  const {events, requests} = await receiveFrom(
    t,
    [refuse(502, 'bad-gateway'), refuse(503, 'draining'), live(4, frame.event(5))],
    1,
  )
  t.is(requests.length, 3)
  t.deepEqual(events, [[at(5), 'task.deleted', false]])
})

test('when a stream is silent for 2.5 heartbeat intervals, the Python client reconnects from its cursor', async t => {
  const silent = stream([frame.open(4, 0.1), frame.ready(4), frame.event(5), frame.heartbeat(7)])
  const {events, requests} = await receiveFrom(t, [silent, live(7, frame.event(8))], 2)
  t.deepEqual(
    events.map(([cursor]: [string]) => cursor),
    [at(5), at(8)],
  )
  t.deepEqual(
    requests.map(([cursor]: [string | null]) => cursor),
    [null, at(7)],
  )
})

test('when a stream breaks within a block, the Python client discards this block and its id', async t => {
  const event = frame.event(6)
  for (const length of [event.indexOf('\n') + 1, event.length - 1]) {
    const broken = stream(
      [frame.retry(10), frame.open(4), frame.ready(4), frame.event(5), event.slice(0, length)],
      res => void res.destroy(),
    )
    const {events, requests} = await receiveFrom(t, [broken, live(5, event, frame.event(7))], 3)
    t.deepEqual(
      events.map(([cursor]: [string]) => cursor),
      [at(5), at(6), at(7)],
    )
    t.is(requests[1][0], at(5))
  }
})

test('when a stream ends before its reset, the Python client sends its old cursor again', async t => {
  const cut = stream([frame.retry(10), frame.openBeforeReset(9)], res => void res.end())
  const reset = stream([frame.openBeforeReset(9), frame.reset(9), frame.ready(9), frame.event(10)])
  const {events, requests} = await receiveFrom(t, [cut, reset], 2, at(4))
  t.deepEqual(
    requests.map(([cursor]: [string]) => cursor),
    [at(4), at(4)],
  )
  t.deepEqual(events, [
    [at(9), 'stream.reset', true],
    [at(10), 'task.deleted', false],
  ])
})

test('a reset moves the cursor of the Python client even when the seq of the reset is lower', async t => {
  const reset = stream([frame.openBeforeReset(3), frame.reset(3), frame.ready(3), frame.event(4)])
  const {events} = await receiveFrom(t, [reset], 2, at(9))
  t.deepEqual(
    events.map(([cursor]: [string]) => cursor),
    [at(3), at(4)],
  )
})

test('when the Python program reads the board, the program requests a new token only after the server has refused its token', async t => {
  const answers = [refuse(503, 'store-busy'), refuse(401, 'invalid-token'), refuse(503, 'store-busy')]
  const board: Answer = res => json(res, 200, {cursor: at(4)})
  const server = await startScriptedServer([], (res, req) => (answers.shift() ?? board)(res, req))
  t.teardown(server.close)
  const code = `
import argparse, json, sys
import boardcast, watch_board

hints = []

def get_token(is_refused):
    hints.append(is_refused)
    return "token"

boardcast.FIRST_BACKOFF = 0.01
options = argparse.Namespace(url=sys.argv[1], sprint="1")
board = watch_board.read_board(options, boardcast.bearer(get_token))
print(json.dumps({"board": board, "hints": hints}))
`
  t.deepEqual(await runPython(code, server.url), {
    board: {cursor: at(4)},
    hints: [false, false, true, false],
  })
})

const control = (data: object) =>
  `data:${JSON.stringify({timestamp: '2026-03-02T09:30:00.125Z', ...data})}\n\n`
const expiring = control({type: 'stream.expiring', expires_at: '2026-03-02T09:31:00.000Z'})

test('when the credential of a live stream expires soon, the Python client reconnects with a new token', async t => {
  const {events, hints, requests} = await receiveFrom(
    t,
    [live(4, frame.event(5), expiring), live(5, frame.event(6))],
    2,
  )
  t.is(events.length, 2)
  t.deepEqual(hints, [false, true])
  t.deepEqual(requests[1], [at(5), 'token-2'])
})

test('when the credential expires soon after the stream has opened, the Python client uses the stream until it ends', async t => {
  const short = stream([frame.open(4), expiring, frame.ready(4), frame.event(5)])
  const {events, requests} = await receiveFrom(t, [short], 1)
  t.is(events.length, 1)
  t.is(requests.length, 1)
})

test('after stream.expired, the Python client reconnects with a new token', async t => {
  const expired = stream(
    [frame.retry(10), frame.open(4), frame.ready(4), control({type: 'stream.expired'})],
    res => void res.end(),
  )
  const {hints, requests} = await receiveFrom(t, [expired, live(4, frame.event(5))], 1)
  t.deepEqual(hints, [false, true])
  t.is(requests[1][0], at(4))
})

test('after stream.unavailable, the Python client reconnects from its cursor', async t => {
  const unavailable = stream([frame.retry(10), frame.unavailable()], res => void res.end())
  const {events, requests} = await receiveFrom(
    t,
    [unavailable, unavailable, live(4, frame.event(5))],
    1,
    at(4),
  )
  t.is(events.length, 1)
  t.deepEqual(
    requests.map(([cursor]: [string]) => cursor),
    [at(4), at(4), at(4)],
  )
})

test('when the credential is revoked, the Python client tries a new token, and raises Refused when the server refuses it', async t => {
  const revoked = stream(
    [
      frame.retry(10),
      frame.open(4),
      frame.ready(4),
      control({type: 'stream.revoked', reason: 'api-key-revoked'}),
    ],
    res => void res.end(),
  )
  const {error, hints} = await receiveFrom(t, [revoked, refuse(403, 'member-removed')], 1)
  t.deepEqual(hints, [false, true])
  t.deepEqual(error, ['Refused', '403 member-removed: Refused: member-removed.'])
})

test('when another thread closes the stream, the iteration of the Python client ends', async t => {
  const server = await startScriptedServer([live(4, frame.event(5))])
  t.teardown(server.close)
  const code = `
import sys, threading
import boardcast

stream = boardcast.Stream(sys.argv[1], "/events/tasks", boardcast.api_key("key"))
count = 0
for event in stream:
    count += 1
    threading.Timer(0.1, stream.close).start()
print(count)
`
  t.is(await runPython(code, server.url), 1)
})

test('when another stream of the ticket replaces the stream, the Python client raises Superseded', async t => {
  const superseded = control({type: 'stream.revoked', reason: 'ticket-superseded'})
  const {error, requests} = await receiveFrom(t, [live(4, superseded)], 1)
  t.is(error[0], 'Superseded')
  t.is(requests.length, 1)
})

test('when the server repeats an event, the Python client skips the repeated event', async t => {
  const {events} = await receiveFrom(
    t,
    [live(4, frame.event(5), frame.event(5), frame.event(4), frame.event(6))],
    2,
  )
  t.deepEqual(
    events.map(([cursor]: [string]) => cursor),
    [at(5), at(6)],
  )
})

test('the Python client ignores unknown control events and delivers unknown events of the log', async t => {
  const unknown = `id:${at(5)}\ndata:{"type":"rocket.launched","timestamp":"2026-03-02T09:30:00.125Z","new":1}\n\n`
  const {events} = await receiveFrom(t, [live(4, control({type: 'stream.new'}), unknown)], 1)
  t.deepEqual(events, [[at(5), 'rocket.launched', false]])
})

test('when the request for the board is redirected to another host, the Python program sends no request to this host', async t => {
  const other = await startScriptedServer([])
  t.teardown(other.close)
  const redirect: Answer = res => res.writeHead(302, {location: `${other.url}/api/v1/other`}).end()
  const answers = [redirect, refuse(404, 'not-found')]
  const server = await startScriptedServer([], (res, req) => answers.shift()!(res, req))
  t.teardown(server.close)
  const program = startPython(t, ['watch_board.py', server.url, 'sprint'], {TOKEN: 'secret'})
  t.is(await program.exited, 1)
  t.deepEqual(other.calls, [])
  t.deepEqual(server.calls, ['GET /sprints/sprint/board', 'GET /sprints/sprint/board'])
})

const noProblems: [name: string, answer: Answer, message: string][] = [
  ['HTML', res => void res.writeHead(404, {'content-type': 'text/html'}).end('<p>'), '404 : no details'],
  ['a list in JSON', res => json(res, 403, []), '403 : no details'],
]
for (const [name, answer, message] of noProblems) {
  test(`when the request for the board is refused and the body is ${name}, the Python program prints the status and ends`, async t => {
    const server = await startScriptedServer([], answer)
    t.teardown(server.close)
    const program = startPython(t, ['watch_board.py', server.url, 'sprint'], {TOKEN: 'secret'})
    t.is(await program.exited, 1)
    t.deepEqual(program.errors, [message])
  })
}

test('when a proxy sends only comments, the Python client opens another connection after the time limit for opening', async t => {
  const comments: Answer = res => {
    res.writeHead(200, {'content-type': 'text/event-stream'})
    const timer = setInterval(() => res.write(':\n\n'), 50)
    res.on('close', () => clearInterval(timer))
  }
  const {events, requests} = await receiveFrom(t, [comments, live(4, frame.event(5))], 1, at(4), 2)
  t.is(events.length, 1)
  t.true(requests.length > 1)
})
