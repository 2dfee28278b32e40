import test from 'ava'
import type {NewActivity} from '../../src/board/activity.ts'
import {applyToRuns, type RunState, runKey, runsIn} from '../../src/board/agent-runs.ts'

const run = {agent: 'welder', run_id: '7'}
const key = runKey(run)
const started: NewActivity = {type: 'agent.started', ...run}
const completed: NewActivity = {type: 'agent.completed', ...run, outcome: 'failed'}
const other: NewActivity = {type: 'workflow.error', workflow: 'test', message: 'It failed.'}

const none = new Map<string, RunState>()
const running = new Map([[key, 'started']] as const)
const ended = new Map([[key, 'completed']] as const)

test('a run can start and complete in the same request or in two requests', t => {
  t.is(applyToRuns(none, [other, started]).get(key), 'started')
  t.is(applyToRuns(running, [completed]).get(key), 'completed')
  t.is(applyToRuns(none, [started, other, completed]).get(key), 'completed')
  t.is(none.size, 0, 'the given states are unchanged')
})

for (const [code, states, activities] of [
  ['run-already-started', running, [other, started]],
  ['run-already-started', ended, [other, started]],
  ['run-already-started', none, [started, started]],
  ['run-not-started', none, [other, completed]],
  ['run-already-completed', ended, [other, completed]],
  ['run-already-completed', running, [completed, completed]],
] as const) {
  test(`when the run is ${[...states.values()].join() || 'unknown'}, the activities ${activities.map(({type}) => type).join(', ')} are rejected with ${code}`, t => {
    const error = t.throws(() => applyToRuns(states, activities), {code})
    t.like(error, {data: {index: 1, ...run}})
  })
}

test('when two agents use the same run_id, each agent has its own run', t => {
  const drill: NewActivity = {...started, agent: 'drill'}
  t.is(applyToRuns(running, [drill]).size, 2)
  t.not(runKey({agent: 'a', run_id: 'b,c'}), runKey({agent: 'a,b', run_id: 'c'}))
})

test('the list of the runs in a request is sorted, and contains each run only once', t => {
  const drill: NewActivity = {...started, agent: 'drill'}
  const runs = [{agent: 'drill', run_id: '7'}, run]
  t.deepEqual(runsIn([started, drill, other, completed]), runs)
  t.deepEqual(runsIn([drill, started]), runs)
})
