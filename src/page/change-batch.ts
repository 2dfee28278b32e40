/** Changes by other members as data, and how changes close together are merged into one batch for a toast. */
import type {StoryStatus} from '../board/story.ts'
import type {TaskStatus} from '../board/task.ts'

/** One change, with the type of its event. */
export type Change = {
  /** The name of the member who made the change. */
  actor: string
  /** The title of the task or story, or the name of the sprint; empty when the board does not contain it. */
  subject: string
  taskId?: string
} & (
  | {type: 'status_changed'; newStatus: TaskStatus}
  | {type: 'story.status.changed'; newStatus: StoryStatus}
  | {
      type:
        | 'ownership_taken'
        | 'ownership_released'
        | 'task.created'
        | 'task.updated'
        | 'task.moved'
        | 'task.deleted'
        | 'task.commented'
        | 'story.created'
        | 'story.updated'
        | 'story.moved'
        | 'story.deleted'
        | 'sprint.updated'
        | 'sprint.deleted'
    }
)

/** One or more changes that share a toast; never empty. */
export interface ChangeBatch {
  changes: readonly Change[]
  /** Without duplicates, like `subjects`. */
  actors: readonly string[]
  subjects: readonly string[]
  /** When the latest change arrived, in milliseconds since 1970. */
  latestAt: number
}

const batchWindowMs = 2_000 // a change joins the batch when it follows the previous change within this time

/** The batch with the change added, or a new batch when the previous change is too long ago. */
export function addToBatch(batch: ChangeBatch | undefined, change: Change, now: number): ChangeBatch {
  const isNew = !batch || now - batch.latestAt > batchWindowMs
  const changes = isNew ? [change] : [...batch.changes, change]
  return {
    changes,
    actors: unique(changes.map(({actor}) => actor)),
    subjects: unique(changes.map(({subject}) => subject)),
    latestAt: now,
  }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter(Boolean))]
}
