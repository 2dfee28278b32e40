/** Runs a few cases of the conformance suite against each server that has an adapter. */
import test from 'ava'
import type {Adapter} from '../../conformance/adapter.ts'
import betterSse from '../../conformance/adapters/better-sse.ts'
import betterSseHistory from '../../conformance/adapters/better-sse-history.ts'
import nchan from '../../conformance/adapters/nchan.ts'
import plain from '../../conformance/adapters/plain.ts'
import plainHistory from '../../conformance/adapters/plain-history.ts'
import {cases} from '../../conformance/cases.ts'
import {runCases} from '../../conformance/run.ts'

const basics = cases.filter(({id}) =>
  ['framing.plain-text', 'framing.four-byte-characters', 'heads.content-type', 'fan-out.texts'].includes(id),
)

for (const adapter of [plain, plainHistory, betterSse, betterSseHistory]) passesBasics(adapter)

const missing = nchan.missing?.()
if (missing && process.env.CI !== 'true')
  console.warn(`Skipping the test of the adapter for Nchan: ${missing}.`)
else passesBasics(nchan)

function passesBasics(adapter: Adapter): void {
  test(`through its adapter, ${adapter.name} starts, and passes the basic cases of the conformance suite`, async t => {
    const target = await adapter.start({options: {}})
    t.teardown(() => target.stop())
    const results = await runCases(target, {cases: basics})
    t.deepEqual(
      results.map(({id, outcome, message}) => ({id, outcome, message})),
      basics.map(({id}) => ({id, outcome: 'passed' as const, message: undefined})),
    )
  })
}
