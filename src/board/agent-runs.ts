/** The rule of an agent's runs: each begins once, and ends once after that. */
import type {NewActivity} from './activity.ts'
import {Problem} from './problem.ts'

export interface Run {
  agent: string
  run_id: string
}

export type RunState = 'started' | 'completed'

/** The key of a run in maps. */
export function keyOf({agent, run_id}: Run): string {
  return JSON.stringify([agent, run_id])
}

/** The runs that the activities tell of, each once, in an order that is the same for everybody who locks them. */
export function runsIn(activities: readonly NewActivity[]): Run[] {
  const runs = new Map(activities.flatMap(each => ('run_id' in each ? [[keyOf(each), each] as const] : [])))
  return [...runs]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, {agent, run_id}]) => ({agent, run_id}))
}

/**
 * Follows the runs through the activities, in order, from the states that they have; a run that is not in `states`
 * has not begun. Throws Problem 'run-already-started', 'run-not-started' or 'run-already-completed' with the index of
 * the activity.
 */
export function followRuns(
  states: ReadonlyMap<string, RunState>,
  activities: readonly NewActivity[],
): ReadonlyMap<string, RunState> {
  const after = new Map(states)
  for (const [index, activity] of activities.entries()) {
    if (!('run_id' in activity)) continue
    const key = keyOf(activity)
    const state = after.get(key)
    const {agent, run_id} = activity
    if (activity.type === 'agent.started') {
      if (state) throw refused('run-already-started', 'has begun already; choose a new run_id for each run')
      after.set(key, 'started')
    } else {
      if (!state) throw refused('run-not-started', 'has not begun; send its agent.started first')
      if (state === 'completed') throw refused('run-already-completed', 'has ended already; a run ends once')
      after.set(key, 'completed')
    }

    function refused(
      code: 'run-already-started' | 'run-not-started' | 'run-already-completed',
      fact: string,
    ) {
      return new Problem(code, `Run ${run_id} of ${agent} ${fact}.`, {index, agent, run_id})
    }
  }
  return after
}
