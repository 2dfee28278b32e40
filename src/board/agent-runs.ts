/** The lifecycle of an agent's run. A run starts once and then completes once. */
import type {NewActivity} from './activity.ts'
import {Problem} from './problem.ts'

export interface Run {
  agent: string
  run_id: string
}

export type RunState = 'started' | 'completed'

/** Returns the key that identifies the run in a map. */
export function runKey({agent, run_id}: Run): string {
  return JSON.stringify([agent, run_id])
}

/**
 * Returns the runs to which the activities belong, without duplicates and sorted by key. All changes insert runs in the
 * order of the keys, so that two changes do not deadlock.
 */
export function runsIn(activities: readonly NewActivity[]): Run[] {
  const runs = new Map(
    activities.flatMap(activity => ('run_id' in activity ? [[runKey(activity), activity] as const] : [])),
  )
  return [...runs]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, {agent, run_id}]) => ({agent, run_id}))
}

/**
 * Applies the activities in order, and returns the state of each run. A run that is not in `states` has not started. If
 * an activity is rejected, throws Problem 'run-already-started', 'run-not-started' or 'run-already-completed'. The
 * problem contains the index of the rejected activity.
 */
export function applyToRuns(
  states: ReadonlyMap<string, RunState>,
  activities: readonly NewActivity[],
): ReadonlyMap<string, RunState> {
  const after = new Map(states)
  for (const [index, activity] of activities.entries()) {
    if (activity.type !== 'agent.started' && activity.type !== 'agent.completed') continue
    const key = runKey(activity)
    requireNextState(activity, after.get(key), index)
    after.set(key, activity.type === 'agent.started' ? 'started' : 'completed')
  }
  return after
}

function requireNextState(
  {type, agent, run_id}: Extract<NewActivity, Run>,
  state: RunState | undefined,
  index: number,
): void {
  const refuse = (code: `run-${'already-started' | 'not-started' | 'already-completed'}`, reason: string) => {
    throw new Problem(code, `Run ${run_id} of ${agent} ${reason}.`, {index, agent, run_id})
  }
  if (type === 'agent.started') {
    if (state) refuse('run-already-started', 'has already started; use a new run_id for each run')
  } else if (!state) refuse('run-not-started', 'has not started; send agent.started first')
  else if (state === 'completed') refuse('run-already-completed', 'has already completed; use a new run_id')
}
