import {Problem} from '../board/problem.ts'
import type {Task} from '../board/task.ts'
import {requireFound} from '../store/resources.ts'

/**
 * Returns the results of `decide` for locked tasks, in the order of the ids. When `decide` throws a Problem for one or more
 * of the tasks, or when a task was not found, throws Problem 'tasks-not-changed' with the Problems of all these tasks.
 * `verb` says what the request does to the tasks.
 */
export async function decideForAll<T>(
  ids: readonly string[],
  tasks: readonly Task[],
  decide: (task: Task) => T | Promise<T>,
  verb: 'changed' | 'deleted' = 'changed',
): Promise<T[]> {
  const found = new Map(tasks.map(task => [task.id, task]))
  const results: T[] = []
  const failures: ({task_id: string} & Pick<Problem, 'code'> & {detail: string})[] = []
  for (const id of ids) {
    try {
      results.push(await decide(requireFound('task', found.get(id))))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      failures.push({...error.data, task_id: id, code: error.code, detail: error.message})
    }
  }
  if (failures.length > 0) throw notChanged(failures, ids.length, verb)
  return results
}

function notChanged(failures: readonly {detail: string}[], count: number, verb: string): Problem {
  const details = [...new Set(failures.map(({detail}) => detail))]
  return new Problem(
    'tasks-not-changed',
    `Nothing was ${verb}, because ${failures.length} of ${count} tasks cannot be ${verb}: ${details[0]}`,
    {failures},
  )
}
