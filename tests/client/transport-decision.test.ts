// Tests the decision whether something holds a stream back, without time and without network.
import test from 'ava'
import type {Verdict} from '../../src/client/remember-verdict.ts'
import {
  decide,
  type Finding,
  nextTransport,
  type Observation,
  startFinding,
} from '../../src/client/transport-decision.ts'

const observations = {
  answered: ['answered', 100],
  failed: ['failed'],
  opened: ['opened'],
  elapsed: ['elapsed'],
  slept: ['slept'],
} satisfies Record<string, Observation>

/** For each state: the next phase after each observation. */
const table: [
  phase: Finding['phase'],
  hadOpened: boolean,
  next: Record<keyof typeof observations, Finding['phase']>,
][] = [
  [
    'asking',
    false,
    {answered: 'comparing', failed: 'clear', opened: 'clear', elapsed: 'asking', slept: 'asking'},
  ],
  [
    'comparing',
    false,
    {answered: 'comparing', failed: 'comparing', opened: 'clear', elapsed: 'held', slept: 'clear'},
  ],
  ['held', false, {answered: 'held', failed: 'held', opened: 'held', elapsed: 'held', slept: 'held'}],
  ['clear', false, {answered: 'clear', failed: 'clear', opened: 'clear', elapsed: 'clear', slept: 'clear'}],
  ['asking', true, {answered: 'held', failed: 'clear', opened: 'asking', elapsed: 'asking', slept: 'asking'}],
  ['held', true, {answered: 'held', failed: 'held', opened: 'held', elapsed: 'held', slept: 'held'}],
  ['clear', true, {answered: 'clear', failed: 'clear', opened: 'clear', elapsed: 'clear', slept: 'clear'}],
]

test('each observation leads from each state to the next state of the table', t => {
  for (const [phase, hadOpened, next] of table) {
    for (const [name, observation] of Object.entries(observations)) {
      const {phase: after} = decide({phase, hadOpened, waitMs: 300}, observation)
      t.is(after, next[name as keyof typeof next], `${phase}, ${hadOpened}, ${name}`)
    }
  }
})

test('after a slow request, the client waits longer in proportion', t => {
  for (const milliseconds of [0, 50, 3_000]) {
    t.is(decide(startFinding(false), ['answered', milliseconds]).waitMs, 3 * milliseconds)
  }
})

test('the client tries a second stream before long polls; when a proxy holds later bytes back, long polls follow at once', t => {
  const verdict = (name: Verdict['name'], isConfirmed: boolean): Verdict => ({name, isConfirmed, until: 1})
  const finding = startFinding(false)
  t.is(nextTransport(finding, undefined), 'fetch')
  t.is(nextTransport(finding, verdict('fetch', false)), 'poll')
  t.is(nextTransport(finding, verdict('fetch', true)), 'fetch', 'streams over fetch have worked before')
  t.is(nextTransport(startFinding(true), undefined), 'poll')
})
