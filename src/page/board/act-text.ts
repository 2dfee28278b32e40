/** The texts of the notes about other members' acts. */
import {count, listNames} from '../parts/format.ts'
import type {NoteText} from '../parts/note-list.ts'
import {statusLabels, storyStatusLabels} from '../parts/words.ts'
import {type Change, latestChanges} from './acts.ts'

/** Returns 'Bob moved 8 tasks', or for a single task 'Bob moved a task to Completed' with its title below. */
export function actText(changes: readonly Change[]): NoteText {
  const latest = latestChanges(changes)
  const [first] = latest
  const subjects = [...new Set(latest.map(({subject}) => subject).filter(Boolean))]
  const detail = subjects.length > 2 ? `${subjects[0]} and ${subjects.length - 1} more` : listNames(subjects)
  return {title: `${first!.actor} ${verb(latest)}`, detail}
}

function verb(changes: readonly Change[]): string {
  const change = changes[0]!
  const tasks = changes.length > 1 ? count(changes.length, 'task') : 'a task'
  const stories = changes.length > 1 ? count(changes.length, 'story', 'stories') : 'a story'
  switch (change.type) {
    case 'ownership_taken':
      return `took ${tasks}`
    case 'ownership_released':
      return `released ${tasks}`
    case 'ownership_transferred':
      return `gave ${tasks}${to(changes, other => other.type === 'ownership_transferred' && other.to)}`
    case 'status_changed':
      return `moved ${tasks}${to(changes, other => other.type === 'status_changed' && statusLabels[other.newStatus])}`
    case 'task.created':
      return `added ${tasks}`
    case 'task.updated':
      return `edited ${tasks}`
    case 'task.moved':
      return `moved ${tasks}`
    case 'task.deleted':
      return `deleted ${tasks}`
    case 'task.commented':
      return `commented on ${tasks}`
    case 'story.created':
      return `added ${stories}`
    case 'story.updated':
      return `edited ${stories}`
    case 'story.status.changed':
      return `moved ${stories}${to(changes, other => other.type === 'story.status.changed' && storyStatusLabels[other.newStatus])}`
    case 'story.moved':
      return `moved ${stories}${to(changes, other => other.type === 'story.moved' && other.to)}`
    case 'story.deleted':
      return `deleted ${stories}`
    case 'sprint.status.changed':
      return `${sprintVerb(change)} the sprint`
    case 'sprint.updated':
      return 'edited the sprint'
    case 'sprint.deleted':
      return 'deleted the sprint'
  }
}

function sprintVerb({oldStatus, newStatus}: Extract<Change, {type: 'sprint.status.changed'}>): string {
  if (newStatus === 'closed') return 'closed'
  return oldStatus === 'closed' ? 'reopened' : 'started'
}

/** Returns ' to Completed' when all changes have the same destination. Otherwise, returns an empty text. */
function to(changes: readonly Change[], destinationOf: (change: Change) => string | false): string {
  const destinations = new Set(changes.map(destinationOf))
  const [destination] = destinations
  return destinations.size === 1 && destination ? ` to ${destination}` : ''
}
