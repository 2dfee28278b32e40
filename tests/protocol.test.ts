// Compares docs/protocol.md with the code. Authors of clients in other languages rely on this page alone.
import {existsSync, readFileSync} from 'node:fs'
import test from 'ava'
import {canonicalBoard} from '../src/board/canonical-board.ts'
import {type EventType, eventTypes, type Topic, topics, topicsOf} from '../src/board/events.ts'
import {pollAnswerSchema} from '../src/board/poll-answer.ts'
import {streamEventSchema, streamEventTypes} from '../src/board/stream-events.ts'
import {leastRetryMs, openTimeoutMs, silentHeartbeats} from '../src/client/limits.ts'
import {combinedStreamQuery, streamQuery} from '../src/http/streams.ts'
import {maxJitter} from '../src/live/checkpoints.ts'
import {
  type DelayRange,
  defaultLimits,
  retryAfterBreak,
  retryAfterDrain,
  retryAfterSuperseded,
  retryWhenUnavailable,
} from '../src/live/limits.ts'
import {digestOf} from '../src/store/board-digest.ts'

const file = new URL('../docs/protocol.md', import.meta.url)
const page = readFileSync(file, 'utf8')
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** Returns the text between the heading and the next heading of the same level or a higher level. */
function sectionOf(heading: string): string {
  const level = heading.indexOf(' ')
  const start = page.indexOf(`\n${heading}\n`)
  if (start < 0) throw new Error(`docs/protocol.md has no heading “${heading}”.`)
  const rest = page.slice(start + heading.length + 1)
  const end = rest.search(new RegExp(`\\n#{1,${level}} `))
  return end < 0 ? rest : rest.slice(0, end)
}

/** Returns the words in backticks. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
}

/** Returns the words in backticks in the first column of all tables. */
function firstColumn(text: string): string[] {
  return [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => namesIn(cell!))
}

test('docs/protocol.md describes every control event, with all its fields and reasons', t => {
  const headings = [...page.matchAll(/^### `((?:stream|presence)\..*)`$/gm)].map(([, type]) => type!)
  t.deepEqual(headings.toSorted(), streamEventTypes.toSorted())
  for (const schema of streamEventSchema.options) {
    const {shape} = schema
    const section = sectionOf(`### \`${shape.type.value}\``)
    const fields = Object.keys(shape).filter(name => !['type', 'timestamp'].includes(name))
    for (const field of fields) t.true(namesIn(section).includes(field), `${shape.type.value}: ${field}`)
    if ('reason' in shape) t.deepEqual(firstColumn(section), [...shape.reason.options], shape.type.value)
  }
})

test('docs/protocol.md lists every parameter of a stream', t => {
  const [, parameters] = sectionOf('## Open a stream').split('| parameter |')
  const listed = firstColumn(parameters!.split('\n\n')[0]!)
  t.deepEqual(
    listed.toSorted(),
    [...Object.keys(combinedStreamQuery.shape), 'token', 'api_key', 'ticket'].toSorted(),
  )
})

test('docs/protocol.md assigns every type of event to the topics of the code', t => {
  const rule = sectionOf('## Selections')
  const patterns = new Map<Topic, string[]>()
  for (const topic of topics) {
    const [, text] = new RegExp(`- \`${topic}\`: ([^]*?)(?=\\n   - |\\n\\d)`).exec(rule)!
    patterns.set(topic, namesIn(text!))
  }
  const belongs = (type: EventType, topic: Topic) =>
    patterns.get(topic)!.some(name => type === name || (/[._]$/.test(name) && type.startsWith(name)))
  for (const type of eventTypes) {
    const listed = topics.filter(topic => belongs(type, topic))
    const [first] = topicsOf(type)
    t.deepEqual(listed, first ? [...topicsOf(type)] : ['user'], type)
  }
})

test('docs/protocol.md gives a rule for exactly those types of events that change a board', t => {
  const source = readFileSync(new URL('../src/board/apply-event.ts', import.meta.url), 'utf8')
  const handled = [...source.matchAll(/case '(.*)':/g)].map(([, type]) => type!)
  const rules = firstColumn(sectionOf('## Update a board'))
  // The event of an import does not contain what has changed, so the client fetches the board.
  t.deepEqual(rules.toSorted(), [...handled, 'board.imported'].toSorted())
})

test('docs/protocol.md states the delays and time limits of the code', t => {
  const format = new Intl.NumberFormat('en')
  const rangeOf = ({minMs, maxMs}: DelayRange) => `${format.format(minMs)} to ${format.format(maxMs)}`
  const section = sectionOf('## Reconnect')
  for (const range of [retryAfterBreak, retryAfterDrain, retryWhenUnavailable, retryAfterSuperseded]) {
    t.true(section.includes(`| ${rangeOf(range)}`), rangeOf(range))
  }
  t.true(section.includes(`at least ${leastRetryMs} ms`))
  t.true(section.includes(`not arrived ${openTimeoutMs / 1_000} s after the request`))
  t.true(section.includes(`**no byte arrives for ${silentHeartbeats} × \`heartbeat_seconds\`**`))
})

test('docs/protocol.md shows the canonical form and the digest of a board as the code computes them', t => {
  const section = sectionOf('## Compare a board')
  const [, canonical] = /```json\n(.*)\n```/.exec(section)!
  const [, digest] = /```\n([0-9a-f]{64})\n```/.exec(section)!
  const board = JSON.parse(canonical!)
  t.is(canonicalBoard(board), canonical!)
  t.is(digestOf(board), digest!)
  const {checkpointIdleMs, checkpointIntervalMs} = defaultLimits
  const [idle, least, most] = [checkpointIdleMs, checkpointIntervalMs, checkpointIntervalMs * (1 + maxJitter)]
  const checkpoint = sectionOf('### `stream.checkpoint`')
  t.true(checkpoint.includes(`has not changed for ${idle / 1_000} s`))
  t.true(checkpoint.includes(`every ${least / 1_000} to ${most / 1_000} s`))
})

test('docs/protocol.md lists every status with which the contract refuses a stream or a poll', t => {
  const contract = readFileSync(new URL('../openapi.yaml', import.meta.url), 'utf8')
  const [, operation] = contract.split('\n  /api/v1/events/tasks:\n')
  const statuses = [...operation!.split(/\n {2}\S/)[0]!.matchAll(/^ {8}["']?(\d{3})["']?:/gm)].map(
    ([, code]) => code!,
  )
  t.true(statuses.length > 2)
  const listedIn = (heading: string) =>
    [...sectionOf(heading).matchAll(/^\| ([\d, ]+)/gm)].flatMap(([, codes]) =>
      codes!.split(/, */).map(code => code.trim()),
    )
  const ofStreams = listedIn('## Response')
  for (const status of statuses.filter(status => Number(status) < 429))
    t.true(ofStreams.includes(status), status)
  const ofPolls = listedIn('## Poll')
  for (const status of statuses.filter(status => status !== '400')) t.true(ofPolls.includes(status), status)
})

test('docs/protocol.md and README state how long a poll waits and how many events an answer has', t => {
  const {wait} = streamQuery.shape
  t.true(wait.safeParse('55').success)
  t.false(wait.safeParse('56').success)
  const section = sectionOf('## Poll')
  t.true(section.includes(`at most ${defaultLimits.pageLength} events`))
  t.true(readme.includes(`at most ${defaultLimits.pageLength} events`))
  t.true(pollAnswerSchema.shape.events.description!.includes(`At most ${defaultLimits.pageLength} events`))
  for (const field of Object.keys(pollAnswerSchema.shape)) {
    t.true(firstColumn(section).includes(field), field)
    t.true(readme.includes(`\n| \`${field}\` | `), field)
  }
})

test('every link in docs/protocol.md leads to a heading or to a file', t => {
  const slugs = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
  const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link!)
  t.true(links.length > 10)
  for (const link of links) {
    const [path, anchor] = link.split('#')
    if (path) t.true(existsSync(new URL(path, file)), link)
    else t.true(slugs.includes(anchor!), link)
  }
})
