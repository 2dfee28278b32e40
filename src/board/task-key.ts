/** Short keys: `WEB` for a project, and `WEB-142` for a task of this project. */
import {z} from 'zod'

/**
 * The key of a project. It is unique in the organization and never changes, so the keys of tasks never change either. When
 * a project is deleted, a new project can get its key.
 */
export const projectKey = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{1,9}$/)
  .meta({
    description:
      'A short name that is unique in the organization and never changes. The keys of tasks start with it.',
    example: 'MOON',
  })

/** The number of a task in its project: 1, 2, 3 and so on. The numbers of deleted tasks are not used again. */
export const taskNumber = z.int().min(1)

/** The key of a task: the key of its project, and its number. */
export const taskKey = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{1,9}-[1-9][0-9]*$/)
  .meta({
    description:
      'The key of the project and the number of the task, for example `WEB-142`. The paths `/tasks/{id}` and below accept the key in place of the id; bodies, queries and filters contain only ids. The key never changes.',
    example: 'MOON-7',
  })

/** Returns the key in capital letters, or undefined when the text is not the key of a task. */
export function parseTaskKey(text: string): string | undefined {
  return /^[a-z][a-z0-9]{1,9}-[1-9][0-9]{0,9}$/i.test(text) ? text.toUpperCase() : undefined
}
