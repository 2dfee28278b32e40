/** Changes by other members. Several changes that arrive within a short time form one batch and share one toast. */
import type {StoryStatus, TaskStatus} from '../../client/client.ts'

/** One change. `type` is the type of the event that reported the change. */
export type Change = {
  /** The name of the member who made the change. */
  actor: string
  /**
   * The title of the task or story, or the name of the sprint. Empty when the board does not contain the task or story.
   */
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

/** Changes that share a toast. A batch has at least one change. */
export interface ChangeBatch {
  changes: readonly Change[]
  /** The actors of the changes. `actors` and `subjects` contain no duplicates. */
  actors: readonly string[]
  subjects: readonly string[]
  /** The time when the latest change arrived, in milliseconds since 1970. */
  latestAt: number
}

const batchWindowMs = 2_000 // a change joins the batch if it arrives within this time after the previous change

/**
 * Returns the batch with the added change. When the previous change is too old, returns a new batch with only this
 * change.
 */
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
