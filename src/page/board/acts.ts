/**
 * Groups the changes by other members into acts. An act is what a member did with one request: to move a story, for
 * example, causes one event for the story and one for each of its tasks. Similar acts of one member that follow each
 * other share a note.
 */
import type {Sprint, StoryStatus, TaskStatus} from '../../client/client.ts'
import {noteDurationMs} from '../parts/note-list.ts'

/** One change. `type` is the type of the event that reported the change. */
export type Change = {
  /** Null when no member made the change. */
  actorId: string | null
  /** The name of the actor. */
  actor: string
  /** The id of the task, story or sprint. */
  targetId: string
  /**
   * The title of the task or story, or the name of the sprint. Empty when the board does not contain the task or story.
   */
  subject: string
  /** The time of the change (RFC 3339). All events of one act have the same actor and the same timestamp. */
  timestamp: string
} & (
  | {type: 'status_changed'; newStatus: TaskStatus}
  | {type: 'story.status.changed'; newStatus: StoryStatus}
  | {type: 'ownership_transferred'; to: string}
  | {type: 'sprint.status.changed'; newStatus: Sprint['status']; oldStatus: Sprint['status']}
  | {type: 'story.moved'; to: 'this sprint' | 'another sprint' | 'the backlog'}
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
        | 'story.deleted'
        | 'sprint.updated'
        | 'sprint.deleted'
    }
)

/** The changes that share a note. All changes have the same actor. There is at least one change. */
export interface Group {
  /** The key of the note. */
  key: string
  changes: readonly Change[]
  /** The times of the first and of the latest change, in milliseconds since 1970. */
  startedAt: number
  latestAt: number
}

// A member who makes more changes than this during one note is most likely a script. The note then disappears, and the
// next changes are not shown until the script pauses.
const maxChangesByHand = 10

/**
 * Adds the change to its group. Groups whose note is no longer on the screen are removed. `group` is the group whose
 * note must be shown, or undefined when no note must be shown.
 */
export function addChange(
  groups: readonly Group[],
  change: Change,
  now: number,
): {groups: readonly Group[]; group: Group | undefined} {
  const current = groups.filter(group => isShown(group, now) || isBusy(group, now))
  const joined = current.findLast(group => isOfGroup(group, change))
  if (joined && !isShown(joined, now)) {
    const busy = {...joined, latestAt: now}
    return {groups: current.map(other => (other === joined ? busy : other)), group: undefined}
  }
  if (joined) {
    const group = {...joined, changes: withChange(joined.changes, change), latestAt: now}
    return {groups: current.map(other => (other === joined ? group : other)), group}
  }
  const key = `${change.actorId} ${change.timestamp} ${change.type} ${change.targetId}`
  const group = {key, changes: [change], startedAt: now, latestAt: now}
  return {groups: [...current, group], group}
}

/** Returns a key that all events of an act share. */
export function actOf({actorId, timestamp}: Pick<Change, 'actorId' | 'timestamp'>): string {
  return `${actorId} ${timestamp}`
}

/** Returns the latest change of each task, story or sprint of the group. */
export function latestChanges(changes: readonly Change[]): readonly Change[] {
  return [...new Map(changes.map(change => [change.targetId, change])).values()]
}

function isShown({startedAt}: Group, now: number): boolean {
  return now - startedAt < noteDurationMs
}

function isBusy({changes, latestAt}: Group, now: number): boolean {
  return changes.length > maxChangesByHand && now - latestAt < noteDurationMs
}

/** A change joins a group if it is of the same act, of the same kind, or if it changes the only target of the group. */
function isOfGroup({changes}: Group, change: Change): boolean {
  const latest = changes.at(-1)!
  if (latest.actorId !== change.actorId) return false
  return (
    actOf(latest) === actOf(change) ||
    latest.type === change.type ||
    changes.every(({targetId}) => targetId === change.targetId)
  )
}

/** Adds the change. Within an act, only the changes of the largest thing are kept: a sprint, else a story, else a task. */
function withChange(changes: readonly Change[], change: Change): readonly Change[] {
  const isSameAct = (other: Change) => actOf(other) === actOf(change)
  if (changes.some(other => isSameAct(other) && sizeOf(other) > sizeOf(change))) return changes
  return [...changes.filter(other => !isSameAct(other) || sizeOf(other) === sizeOf(change)), change]
}

function sizeOf({type}: Change): number {
  if (type.startsWith('sprint.')) return 2
  return type.startsWith('story.') ? 1 : 0
}
