/** The rules for the blockers of a task, as pure functions. */
import type {Blockers} from './blockers.ts'
import {Problem} from './problem.ts'
import type {TaskStatus} from './task.ts'
import {isUnfinished} from './task-rules.ts'

/** The maximum number of blockers of a task, and of tasks that a task blocks. */
const maxBlockers = 50

/** Returns the blockers of a task, sorted by id. */
export function blockersFrom(blockers: readonly {id: string; status: TaskStatus}[]): Blockers {
  return {
    blocked_by_task_ids: blockers.map(blocker => blocker.id).sort(),
    open_blocker_count: blockers.filter(({status}) => isUnfinished(status)).length,
  }
}

/** Throws Problem 'blockers-full'. `count` is the number of blockers, or of blocked tasks, before the change. */
export function requireFewBlockers(count: number, whose: 'blocked' | 'blocker'): void {
  if (count < maxBlockers) return
  const detail =
    whose === 'blocked'
      ? `The task already has ${maxBlockers} blockers. Remove one of them first.`
      : `The blocker already blocks ${maxBlockers} tasks. Remove it from one of them first.`
  throw new Problem('blockers-full', detail, {limit: maxBlockers})
}

/** `to` blocks `from`. */
export interface BlockerEdge {
  from: string
  to: string
  /** The key of the task `to`. */
  key: string
}

/**
 * Throws Problem 'blocker-cycle' when the edges lead from `blocker` to `task`, so that the task would block itself. The
 * problem contains the shortest path as keys. Each task of the path is blocked by the next.
 */
export function requireNoCycle(
  task: {id: string; key: string},
  blocker: {id: string; key: string},
  edges: readonly BlockerEdge[],
): void {
  const byFrom = new Map<string, BlockerEdge[]>()
  for (const edge of edges) byFrom.set(edge.from, [...(byFrom.get(edge.from) ?? []), edge])
  const paths = new Map([[blocker.id, [task.key, blocker.key]]])
  // A map visits the entries that are added during the loop, so this is a breadth-first search.
  for (const [id, path] of paths) {
    if (id === task.id) {
      const detail = `The tasks would block each other: ${path.join(' is blocked by ')}. Remove one of these blockers first.`
      throw new Problem('blocker-cycle', detail, {path})
    }
    for (const {to, key} of byFrom.get(id) ?? []) if (!paths.has(to)) paths.set(to, [...path, key])
  }
}
