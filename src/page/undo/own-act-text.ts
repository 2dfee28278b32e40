/** The texts of the notes about the viewer's own acts. */

import {count} from '../parts/format.ts'
import type {NoteText} from '../parts/note-list.ts'
import {statusLabels, storyStatusLabels} from '../parts/words.ts'
import type {Act, StoryField, TaskAct, TaskField, TasksAct, UndoableAct} from './act.ts'
import type {Lost} from './undo-act.ts'

/** Returns the text of the note that offers to undo the act. `nameOf` returns the name of a member. */
export function ownActText(act: UndoableAct, nameOf: (userId: string) => string): NoteText {
  return {title: titleOf(act, nameOf), detail: subjectOf(act)}
}

/** Returns the key and the title of the task, or the title of the story. */
export function subjectOf(act: Act): string {
  if (act.kind === 'tasks') return count(act.tasks.length, 'task')
  if (act.kind === 'story') return act.after.title
  if (act.kind === 'created-story') return act.story.title
  if (act.kind === 'final') return act.text
  const {key, title} = act.kind === 'task' ? act.after : act.task
  return `${key} ${title}`
}

/** Whether the viewer can undo the act as easily by hand, so that a note would only disturb. */
export function isQuiet(act: UndoableAct): boolean {
  if (act.kind === 'task' || act.kind === 'story') return act.fields.every(field => field === 'rank')
  return act.kind === 'checklist'
}

function titleOf(act: UndoableAct, nameOf: (userId: string) => string): string {
  switch (act.kind) {
    case 'task':
      return taskTitle(act, nameOf)
    case 'tasks':
      return tasksTitle(act)
    case 'story':
      return storyTitle(act.fields, act.after)
    case 'created-task':
    case 'created-story':
      return 'Created'
    case 'checklist':
      return 'Checklist changed'
    case 'blocker':
      return act.isAdded ? 'Blocker added' : 'Blocker removed'
  }
}

function taskTitle({before, after, fields}: TaskAct, nameOf: (userId: string) => string): string {
  if (after.status !== before.status && fields.includes('status')) {
    if (after.status === 'owned' && before.status === 'available') return 'Task taken'
    const isReleased = after.status === 'available' && before.owner_user_id !== null
    if (isReleased && (before.status === 'owned' || before.status === 'in_progress')) return 'Task released'
    return `Moved to ${statusLabels[after.status]}`
  }
  if (after.owner_user_id !== before.owner_user_id && fields.includes('owner_user_id')) {
    return after.owner_user_id ? `Assigned to ${nameOf(after.owner_user_id)}` : 'Task released'
  }
  return fields.length === 1 ? fieldTitles[fields[0]!] : 'Task edited'
}

/** All tasks have the same new value. */
function tasksTitle({tasks, fields}: TasksAct): string {
  const [first] = tasks
  if (fields[0] === 'status') return `Moved to ${statusLabels[first!.after.status]}`
  return fieldTitles[fields[0]!]
}

const fieldTitles: Record<TaskField, string> = {
  title: 'Title changed',
  description: 'Description changed',
  acceptance_criteria_refs: 'Acceptance criteria changed',
  estimated_hours: 'Estimate changed',
  priority: 'Priority changed',
  due_on: 'Due date changed',
  label_ids: 'Labels changed',
  story_id: 'Moved to another story',
  status: 'Status changed',
  owner_user_id: 'Owner changed',
  rank: 'Task moved',
}

function storyTitle(
  fields: readonly StoryField[],
  {sprint_id, status}: Extract<Act, {kind: 'story'}>['after'],
): string {
  if (fields.includes('sprint_id'))
    return sprint_id ? 'Story moved to the sprint' : 'Story moved to the backlog'
  if (fields.length > 1) return 'Story edited'
  if (fields[0] === 'rank') return 'Story moved'
  return fields[0] === 'status' ? `Story moved to ${storyStatusLabels[status]}` : 'Story edited'
}

export function undoneText(act: UndoableAct, nameOf: (userId: string) => string): NoteText {
  return {title: 'Undone', detail: `${titleOf(act, nameOf)}: ${subjectOf(act)}`}
}

/** Adds to the text of an act that the rules do not let the viewer undo it. */
export function notUndoableText({title, detail}: NoteText): NoteText {
  return {title, detail: `${detail}. You cannot undo this.`}
}

export function forbiddenText(act: Act): NoteText {
  return {title: 'You cannot undo this', detail: subjectOf(act)}
}

/** `actor` is the name of the member who made the latest change. Undefined when this member is not known. */
export function changedSinceText(act: Act, actor: string | undefined): NoteText {
  return {title: 'Not undone', detail: changeText(act, actor)}
}

/** The text after an undo that another member has interrupted with a change of the same. */
export function halfUndoneText(act: Act, actor: string | undefined): NoteText {
  return {title: 'Partly undone', detail: `${changeText(act, actor)} The rest was not undone.`}
}

function changeText(act: Act, actor: string | undefined): string {
  const task = act.kind === 'task' ? act.after : 'task' in act ? act.task : undefined
  const subject = task?.key ?? `“${subjectOf(act)}”`
  return actor
    ? `${actor} has changed ${subject} in the meantime.`
    : `${subject} has changed in the meantime.`
}

/** `subject` is a text such as '5 tasks'. */
export function partlyUndoneText(skipped: number, subject: string): NoteText {
  const [have, their, left] =
    skipped === 1 ? ['has', 'its', 'It was left as it is'] : ['have', 'their', 'They were left as they are']
  return {
    title: 'Partly undone',
    detail: `${skipped} of ${subject} ${have} changed in the meantime, or ${their} former story or label was deleted. ${left}.`,
  }
}

export function deletedText(act: Act): NoteText {
  return {title: 'Not undone', detail: `${subjectOf(act)} was deleted.`}
}

const lostTexts: Record<Lost, [thing: string, remedy: string]> = {
  story: ['story', 'Choose another story.'],
  sprint: ['sprint', 'Choose another sprint.'],
  label: ['label', 'Choose another label.'],
  blocker: ['blocker', 'Nothing is left to undo.'],
  neighbour: ['neighbour', 'You can move it back yourself.'],
}

export function lostText(act: Act, lost: Lost): NoteText {
  const [thing, remedy] = lostTexts[lost]
  return {title: 'Not undone', detail: `The former ${thing} of “${subjectOf(act)}” was deleted. ${remedy}`}
}
