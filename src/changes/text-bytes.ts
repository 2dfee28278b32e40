/**
 * Counts the bytes of text of each resource for the quota MAX_BYTES_PER_ORG. The function `stored_text_bytes` in
 * `schema/` counts in the same way.
 */
import type {Activity} from '../board/activity.ts'
import type {Label} from '../board/label.ts'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'

export function projectBytes({name, phase}: Project): number {
  return bytesOf(name, phase)
}

export function labelBytes({name}: Label): number {
  return bytesOf(name)
}

export function sprintBytes({name, goal}: Sprint): number {
  return bytesOf(name, goal)
}

export function storyBytes({title, description}: Story): number {
  return bytesOf(title, description)
}

export function taskBytes({title, description, acceptance_criteria_refs, checklist}: Task): number {
  return bytesOf(title, description, ...acceptance_criteria_refs, ...checklist.map(({text}) => text))
}

export function activityBytes({
  id: _,
  type: __,
  timestamp: ___,
  actor_user_id: ____,
  project_id: _____,
  ...fields
}: Activity): number {
  return jsonbBytes(fields)
}

export function bytesOf(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

export function sumOf<T>(resources: readonly T[], bytes: (resource: T) => number): number {
  return resources.reduce((sum, resource) => sum + bytes(resource), 0)
}

/**
 * Returns the number of bytes of the object in the format of jsonb: Postgres prints a space after each colon and after
 * each comma.
 */
function jsonbBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value)) + spacesOf(value)
}

function spacesOf(value: object): number {
  const values = Object.values(value)
  const nested = values.filter(value => typeof value === 'object' && value !== null)
  return 2 * values.length - 1 + nested.reduce((sum, value) => sum + spacesOf(value), 0)
}
