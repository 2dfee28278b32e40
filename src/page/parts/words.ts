/** Texts that several parts of the page show: labels, and sentences about changes and failures. */
import {isProblem} from '../../client/api-client.ts'
import {
  type Label,
  type Notification,
  type NotificationCause,
  Problem,
  type ProblemCode,
  type Role,
  type Status,
  type StoryStatus,
  type Task,
  type TaskStatus,
} from '../../client/client.ts'
import {count, listNames} from './format.ts'
import type {NoteText} from './note-list.ts'

/** The labels of the task statuses, in the order of the columns. */
export const statusLabels: Record<TaskStatus, string> = {
  available: 'Available',
  owned: 'Owned',
  in_progress: 'In progress',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}
export const statuses = Object.keys(statusLabels) as TaskStatus[]

/** The labels of the story statuses. A story normally has these statuses in this order. */
export const storyStatusLabels: Record<StoryStatus, string> = {
  draft: 'Draft',
  ready: 'Ready',
  committed: 'Committed',
  in_progress: 'In progress',
  done: 'Done',
}
export const storyStatuses = Object.keys(storyStatusLabels) as StoryStatus[]

export type Priority = NonNullable<Task['priority']>

/** The labels of the priorities, from the highest to the lowest. */
export const priorityLabels: Record<Priority, string> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
}
export const priorities = Object.keys(priorityLabels) as Priority[]

export type LabelColor = Label['color']

/** The names of the colours of labels. */
export const labelColorNames: Record<LabelColor, string> = {
  gray: 'Grey',
  red: 'Red',
  orange: 'Orange',
  yellow: 'Yellow',
  green: 'Green',
  teal: 'Teal',
  blue: 'Blue',
  indigo: 'Indigo',
  purple: 'Purple',
  pink: 'Pink',
}
export const labelColors = Object.keys(labelColorNames) as LabelColor[]

export const roleLabels: Record<Role, string> = {viewer: 'Viewer', member: 'Member', admin: 'Admin'}

export const connectionLabels: Record<Status, string> = {
  live: 'Live',
  connecting: 'Connecting',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  'signed-out': 'Signed out',
}

/** The hover text of the connection badge when the page uses long polls. */
export const pollingText = 'Live updates use long polling, because a proxy delays streams.'

/** The page shows this text when the name of a member has not been loaded. */
export const unknownMember = 'Someone'
/** The name of the actor when no member caused the event. */
export const systemActor = 'Boardcast'
export const noOwner = 'No owner'
export const noResponse = 'The server did not respond. Try again.'

/** Returns 'Bob' or 'Bob, looking at Fill the tank'. */
export function lookingAtText(name: string, titles: readonly string[]): string {
  return titles.length > 0 ? `${name}, looking at ${listNames(titles)}` : name
}

/** Returns 'Bob and Cid are on this board'. The text is empty when no other member is present. */
export function hereText(others: readonly {name: string}[], more: number): string {
  const total = others.length + more
  if (total === 0) return ''
  if (total > 3) return `${count(total, 'other member')} are on this board`
  const names = others.map(({name}) => name)
  return `${listNames(names, 3)} ${total === 1 ? 'is' : 'are'} on this board`
}

/** Returns 'Bob also has this task open'. */
export function alsoOpenText(names: readonly string[]): string {
  return `${listNames(names, 3)} also ${names.length === 1 ? 'has' : 'have'} this task open`
}

/** Returns the name of the action that moves a task to another status. */
export function actionLabel(from: TaskStatus, to: TaskStatus): string {
  switch (to) {
    case 'available':
      return from === 'owned' || from === 'in_progress' ? 'Release' : 'Reopen'
    case 'owned':
      return from === 'available' ? 'Take' : 'Pause'
    case 'in_progress':
      return from === 'available' ? 'Take and start' : 'Start'
    case 'completed':
      return 'Complete'
    case 'failed':
      return 'Mark as failed'
    case 'cancelled':
      return 'Cancel task'
  }
}

/**
 * The text that describes what the actor did. Below this text, the page shows the title of the task or the text of the
 * question.
 */
const causeTexts: Record<NotificationCause, string> = {
  ownership_released: 'released your task',
  ownership_transferred: 'changed the owner of a task',
  'task.completed': 'completed your task',
  'task.failed': 'marked your task as failed',
  'task.cancelled': 'cancelled your task',
  'task.moved': 'moved your task',
  'task.commented': 'commented on a task',
  'task.comment.edited': 'mentioned you in a comment',
  'escalation.created': 'asked you a question',
  'escalation.responded': 'answered your question',
}

/** Like `causeTexts`, but for this notification. */
export function causeText({cause, escalation_kind, text}: Notification): string {
  if (escalation_kind !== 'release') return causeTexts[cause]
  if (cause === 'escalation.created') return 'asked you to release a task'
  // Without an answer, a change of the task has ended the request.
  return `${text === null ? 'ended' : 'answered'} your request for a task`
}

export const boardReloaded: NoteText = {
  title: 'Board reloaded',
  detail: 'The changes that were made while you were away cannot be listed.',
}

export function missedChangesText(changes: number): NoteText {
  return {title: `${count(changes, 'change')} while you were away`, detail: 'The board is up to date.'}
}

/** Returns a text that explains why the viewer cannot take a task. `ownerName` is undefined when the task is closed. */
export function cannotTakeText(status: TaskStatus, ownerName: string | undefined): NoteText {
  if (ownerName === undefined) {
    return {title: `This task is ${inSentence(status)}`, detail: 'Only available tasks can be taken.'}
  }
  return {
    title: `${ownerName} owns this task`,
    detail: 'Choose another task, or ask the owner to release this task.',
  }
}

/**
 * Returns a text that explains why an action failed. `subject` is the title of the task or story that the viewer tried
 * to change.
 */
export function failureText(error: unknown, subject: string): NoteText {
  if (!(error instanceof Problem)) {
    return {title: 'The server did not respond', detail: `Your change might not have been saved: ${subject}`}
  }
  switch (error.code) {
    case 'task-already-owned':
      return {title: `${error.data.owner_name ?? unknownMember} took this task first`, detail: subject}
    case 'task-not-found':
      return {title: 'This task was deleted', detail: subject}
    default:
      return {title: 'Change not saved', detail: failureSentence(error)}
  }
}

/** Returns the text when a move in the order was refused. */
export function neighbourDeletedText(noun: 'card' | 'story'): NoteText {
  return {title: `The ${noun} was not moved to this place`, detail: `The ${noun} next to it was deleted.`}
}

export function hiddenTaskText(title: string): NoteText {
  return {title: 'Task created', detail: `A filter hides it: ${title}`}
}

export function unseenStoryText(title: string): NoteText {
  return {title: 'Story created', detail: title}
}

/** The text when the server did not respond, and has not made the change. */
export function notSavedText(subject: string): NoteText {
  return {title: 'The server did not respond', detail: `Your change was not saved: ${subject}`}
}

/** The text after a change that took so long that the viewer may doubt it. */
export function savedText(subject: string): NoteText {
  return {title: 'Your change was saved', detail: subject}
}

export function signOutFailureText(error: unknown): NoteText {
  return {title: 'Could not sign out', detail: failureSentence(error)}
}

/** Returns one sentence that explains why an action failed. The sentence is complete without a title. */
export function failureSentence(error: unknown): string {
  if (!(error instanceof Problem)) return noResponse
  if (error.data.status === 401) return 'Your session has ended. Sign in again to continue.'
  const {from, to} = error.data as {from?: TaskStatus; to?: TaskStatus}
  if (error.code === 'invalid-status-move' && from && to) {
    return `This task is ${inSentence(from)} and cannot be moved to ${statusLabels[to]}.`
  }
  if (isProblem(error, 'unexpected-response')) return serverError
  return problemTexts[error.code] ?? error.message
}

const serverError = 'The server reported an error. Try again in a moment.'

/** Sentences that replace the server's message, because the server's message is written for callers of the API. */
const problemTexts: Partial<Record<ProblemCode, string>> = {
  'project-not-found': 'This project was deleted.',
  'project-key-in-use': 'Another project has this key. Choose another key.',
  'sprint-not-found': 'This sprint was deleted.',
  'story-not-found': 'This story was deleted.',
  'task-not-found': 'This task was deleted.',
  'escalation-not-found': 'This question was deleted.',
  'escalation-already-responded': 'This question already has an answer.',
  'label-not-found': 'This label was deleted.',
  'label-name-in-use': 'Another label of this project has this name.',
  'checklist-item-not-found': 'This item was deleted.',
  'blocker-not-found': 'This blocker was already removed.',
  'checklist-full': 'The checklist has the maximum number of items. Delete an item first.',
  'comment-not-found': 'This comment was deleted.',
  'not-the-author': 'Only the author of this comment can edit it.',
  'task-not-owned': 'This task has no owner.',
  'not-the-owner': 'Only the owner of this task or an admin can make this change.',
  'not-the-assignee': 'Only the assignee of this question or an admin can answer it.',
  'assignee-is-viewer':
    'This member is a viewer. Viewers cannot own tasks or answer questions. Choose another member.',
  'role-insufficient': 'Your role does not allow this change.',
  'store-unavailable': 'The server is temporarily unavailable. Try again in a moment.',
  'store-busy': 'The server is temporarily unavailable. Try again in a moment.',
  draining: 'The server is temporarily unavailable. Try again in a moment.',
  'internal-error': serverError,
}

function inSentence(status: TaskStatus): string {
  return statusLabels[status].toLowerCase()
}
