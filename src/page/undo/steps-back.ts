/** Finds the requests that bring a task back to an earlier status and owner. */
import {give, isHeld, release, setStatus, take} from '../../client/board.ts'
import type {BoardTask, Me, TaskStatus} from '../../client/client.ts'
import {statuses} from '../parts/words.ts'

/** A request that changes the status or the owner of a task. */
export type StepBack = 'take' | 'release' | {give: string} | {status: TaskStatus}

const maxSteps = 4 // from any status to any other one

/**
 * Returns the fewest steps from the task `after` to the status and the owner of `before`. Returns undefined when the
 * rules do not allow the viewer to make them. For example, a member who has given a task away cannot take it back.
 */
export function stepsBack(after: BoardTask, before: BoardTask, me: Me): StepBack[] | undefined {
  if (me.role === 'viewer') return undefined
  let reached: {task: BoardTask; steps: StepBack[]}[] = [{task: after, steps: []}]
  for (let length = 0; length <= maxSteps; length++) {
    const found = reached.find(({task}) => keyOf(task) === keyOf(before))
    if (found) return found.steps
    const next = reached.flatMap(({task, steps}) =>
      stepsFrom(task, before.owner_user_id, me).map(step => ({...step, steps: [...steps, ...step.steps]})),
    )
    // Of several ways to the same state, one is enough.
    reached = [...new Map(next.toReversed().map(way => [keyOf(way.task), way])).values()]
  }
  return undefined
}

function keyOf({status, owner_user_id}: BoardTask): string {
  return `${status} ${owner_user_id}`
}

/** Returns each allowed step with the task after it. */
function stepsFrom(
  task: BoardTask,
  ownerBefore: string | null,
  me: Me,
): {task: BoardTask; steps: StepBack[]}[] {
  const action = {caller: me, timestamp: task.updated_at}
  const allowed = (step: StepBack, change: () => BoardTask) => {
    try {
      return [{task: change(), steps: [step]}]
    } catch {
      return []
    }
  }
  return [
    ...(task.status === 'available' ? allowed('take', () => take(task, action, null).task) : []),
    ...(isHeld(task) ? allowed('release', () => release(task, action).task) : []),
    ...(ownerBefore ? allowed({give: ownerBefore}, () => give(task, ownerBefore, action, null).task) : []),
    ...statuses
      .filter(status => status !== task.status)
      .flatMap(status => allowed({status}, () => setStatus(task, status, action).task)),
  ]
}
