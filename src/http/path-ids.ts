/** Reads the ids in the path of a request. */
import {z} from 'zod'
import {id} from '../board/fields.ts'
import {Problem, type ProblemCode} from '../board/problem.ts'
import {parseTaskKey} from '../board/task-key.ts'
import type {Database} from '../store/connection.ts'
import {findTaskId} from '../store/snapshots.ts'

/** The problem codes that a route declares for the ids in its path. */
type IdCodes = Readonly<Record<string, ProblemCode>>

/**
 * Returns the ids in the path. A task also has a key, which is replaced with the id of the task. When a value is neither a
 * UUID nor the key of a task, throws a Problem with the code that the route declares for this id.
 */
export async function readPathIds(
  db: Database,
  organizationId: string,
  codes: IdCodes,
  params: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const [name, code] of Object.entries(codes)) {
    const text = params[name]!
    const key = acceptsKey(code) ? parseTaskKey(text) : undefined
    const {success, data} = id.safeParse(text)
    if (!success && !key) throw new Problem(code, 'The id is not a valid UUID.')
    ids[name] = key ? await findTaskId(db, organizationId, key) : data!
  }
  return ids
}

/** Returns the schema of an id in the path, for the contract. */
export function pathIdSchema(code: ProblemCode): z.ZodType {
  return acceptsKey(code) ? idOrKey : id
}

const idOrKey = z.string().meta({description: 'The id of the task, or its key, for example `WEB-142`.'})

function acceptsKey(code: ProblemCode): boolean {
  return code === 'task-not-found'
}
