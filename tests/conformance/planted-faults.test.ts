/** Plants faults in a server. For each fault, exactly the right cases of the conformance suite must fail. */
import test from 'ava'
import type {Case} from '../../conformance/case.ts'
import {cases} from '../../conformance/cases.ts'
import {type CaseResult, runCases} from '../../conformance/run.ts'
import {plantedFaults} from './planted-faults.ts'
import {type Fault, startSampleServer} from './sample-server.ts'

test('the sample server without a fault passes every case, and no case is not applicable', async t => {
  const results = await runWithFault(cases, {})
  t.deepEqual(notPassed(results), [])
  t.is(results.length, cases.length)
})

test('each planted fault makes exactly the expected cases fail', async t => {
  const waiting = [...plantedFaults]
  // Most of the time passes while a case waits for an event that does not come, so many servers run at the same time.
  const runNext = async () => {
    for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
      const {name, runs, fails, create} = fault
      const chosen = cases.filter(({id}) => runs.some(prefix => id.startsWith(prefix)))
      const results = await runWithFault(chosen, create())
      t.deepEqual(notPassed(results), [...fails], name)
    }
  }
  await Promise.all(Array.from({length: 10}, runNext))
})

test('every group finds planted faults, and every planted fault is found', t => {
  const groups = new Set(plantedFaults.flatMap(({fails}) => fails.map(id => id.split('.')[0])))
  t.deepEqual([...groups].sort(), [...new Set(cases.map(({id}) => id.split('.')[0]))].sort())
  t.deepEqual(
    plantedFaults.filter(({fails}) => fails.length === 0),
    [],
  )
})

async function runWithFault(chosen: readonly Case[], fault: Fault): Promise<CaseResult[]> {
  const target = await startSampleServer(fault)
  try {
    return await runCases(target, {cases: chosen, patienceMs: 5_000, burstBytes: 10_000_000})
  } finally {
    await target.stop()
  }
}

function notPassed(results: readonly CaseResult[]): string[] {
  return results.filter(({outcome}) => outcome !== 'passed').map(({id}) => id)
}
