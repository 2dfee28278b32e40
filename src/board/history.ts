/** The history of a task or sprint: who changed what and when. It outlives the events, which are pruned. */
import {z} from 'zod'
import {type EventType, eventTypes, type LogEntry} from './events.ts'
import {id, instant, title} from './fields.ts'
import {type Sprint, sprintSummarySchema} from './sprint.ts'
import type {BoardTask} from './task.ts'

/** The maximum number of facts that are kept for each task and each sprint. */
export const maxFacts = 1_000

const value = z.union([z.string(), z.number(), z.null()])
const list = z.array(z.string())

const fieldChangeSchema = z
  .object({
    field: z.string().meta({description: 'The name of the field of the task or sprint.', example: 'status'}),
    from: value.optional().meta({description: 'The value before the change.'}),
    to: value.optional().meta({description: 'The value after the change.'}),
    added: list.optional().meta({description: 'For a list: what was added.'}),
    removed: list.optional().meta({description: 'For a list: what was removed.'}),
  })
  .meta({
    id: 'FieldChange',
    description:
      'A changed field. The lists of labels, blockers and acceptance criteria have `added` and `removed`. `description`, `goal`, `checklist` and `links` have neither values nor lists. Other fields have `from` and `to`.',
  })
type FieldChange = z.infer<typeof fieldChangeSchema>

const factFields = {
  changes: z.array(fieldChangeSchema).meta({description: 'The fields that changed. Can be empty.'}),
  story_id: id
    .optional()
    .meta({description: 'In the history of a sprint: the story that the change is about.'}),
  task_id: id
    .optional()
    .meta({description: 'In the history of a sprint: the task that the change is about.'}),
  title: title
    .optional()
    .meta({description: 'The title that this story or task had, because it may be deleted since then.'}),
  comment_id: id.optional(),
  escalation_id: id.optional(),
  summary: sprintSummarySchema.optional().meta({
    description:
      'What the sprint contained when it was closed, and what moved. Items of earlier versions of the server do not have it.',
  }),
}

export const historyItemSchema = z
  .object({
    seq: z.int().min(1).meta({
      description:
        'The number of the event. It is unique in the organization, and later events have higher numbers.',
    }),
    type: z.enum(eventTypes).meta({description: 'The type of the event.'}),
    timestamp: instant,
    actor_user_id: id.nullable().meta({description: 'Null when no member made the change.'}),
    ...factFields,
  })
  .meta({id: 'HistoryItem'})
export type HistoryItem = z.infer<typeof historyItemSchema>

/** What the history keeps of an event, besides its type, its time and its actor. */
export type Fact = Omit<HistoryItem, 'seq' | 'type' | 'timestamp' | 'actor_user_id'>

/** A fact in the history of one task or sprint. */
export interface SubjectFact {
  subjectId: string
  fact: Fact
}

/** What else is known about an event when it is appended. */
export interface FactContext {
  /** The task or sprint before the change. */
  before?: BoardTask | Sprint | undefined
  task?: {title: string} | undefined
}

/** Returns the facts of the event. Most events have none or one; a story that changes its sprint has one for each sprint. */
export function factsOf(event: LogEntry, context: FactContext = {}): SubjectFact[] {
  return factsByType[event.type]?.(event as never, context) ?? []
}

type Event<Type extends EventType> = Extract<LogEntry, {type: Type}>
type Facts = {
  [Type in LogEntry['type']]: ((event: Event<Type & EventType>, context: FactContext) => SubjectFact[]) | null
}

const factsByType: Facts = {
  ownership_taken: event => ofTask(event, [fromTo('owner_user_id', null, event.owner_user_id)]),
  ownership_released: event => ofTask(event, [fromTo('owner_user_id', event.previous_owner_user_id, null)]),
  ownership_transferred: event =>
    ofTask(event, [fromTo('owner_user_id', event.previous_owner_user_id, event.owner_user_id)]),
  status_changed: event => ofTask(event, [fromTo('status', event.old_status, event.new_status)]),
  'task.created': event => [...ofTask(event), ...ofSprints([event.sprint_id], taskIn(event), [])],
  'task.updated': (event, {before}) => ofTask(event, changesOf(before, event.task)),
  'task.moved': (event, {before}) => {
    const {from_sprint_id, to_sprint_id, from_story_id} = event
    // A task that moves with its story is in the fact of the story.
    const isAlone = from_story_id !== undefined && from_sprint_id !== to_sprint_id
    const ids = isAlone ? [from_sprint_id, to_sprint_id] : []
    const sprintChange = [fromTo('sprint_id', from_sprint_id, to_sprint_id)]
    return [...ofTask(event, changesOf(before, event.task)), ...ofSprints(ids, taskIn(event), sprintChange)]
  },
  'task.blockers.changed': (event, {before}) => ofTask(event, changesOf(before, event)),
  'task.links.changed': (event, {before}) => ofTask(event, changesOf(before, event.task)),
  'task.commented': event => ofTask(event, [], {comment_id: event.comment.id}),
  'task.comment.edited': event => ofTask(event, [], {comment_id: event.comment.id}),
  'task.comment.deleted': event => ofTask(event, [], {comment_id: event.comment_id}),
  'task.deleted': (event, {task}) =>
    ofSprints([event.sprint_id], {task_id: event.task_id, ...(task && {title: task.title})}, []),
  'escalation.created': event => ofEscalation(event),
  'escalation.responded': event => ofEscalation(event),
  'story.created': event => ofSprints([event.sprint_id], storyIn(event), []),
  'story.deleted': event => ofSprints([event.sprint_id], storyIn(event), []),
  'story.moved': event => {
    const {from_sprint_id, to_sprint_id} = event
    const change = fromTo('sprint_id', from_sprint_id, to_sprint_id)
    return ofSprints([from_sprint_id, to_sprint_id], storyIn(event), [change])
  },
  'sprint.created': event => ofSprints([event.sprint_id], {}, []),
  'sprint.updated': (event, {before}) => ofSprints([event.sprint_id], {}, changesOf(before, event.sprint)),
  'sprint.status.changed': ({sprint_id, old_status, new_status, summary}) =>
    ofSprints([sprint_id], {...(summary && {summary})}, [fromTo('status', old_status, new_status)]),

  // Each of these follows an event with the same content.
  'task.started': null,
  'task.completed': null,
  'task.failed': null,
  'task.cancelled': null,
  'task.questions.changed': null,
  // The order has no meaning without the other tasks and stories.
  'task.ranked': null,
  'story.ranked': null,
  // The history of a deleted task or sprint is deleted, too.
  'sprint.deleted': null,
  'project.deleted': null,
  // They change no task and no sprint.
  'story.updated': null,
  'story.status.changed': null,
  'label.created': null,
  'label.updated': null,
  'label.deleted': null,
  'member.updated': null,
  'project.created': null,
  'project.updated': null,
  'project.phase.changed': null,
  'agent.started': null,
  'agent.completed': null,
  'pr.created': null,
  'pr.merged': null,
  'workflow.error': null,
  'notification.created': null,
  'notification.read': null,
  'board.imported': null, // the event does not name the tasks
  'access.changed': null,
}

/** How the history shows a changed field. Fields that are not listed follow from others. */
const fieldKinds: Readonly<Record<string, 'value' | 'list' | 'text'>> = {
  title: 'value',
  description: 'text',
  name: 'value',
  goal: 'text',
  starts_on: 'value',
  ends_on: 'value',
  sprint_id: 'value',
  story_id: 'value',
  estimated_hours: 'value',
  priority: 'value',
  due_on: 'value',
  acceptance_criteria_refs: 'list',
  label_ids: 'list',
  blocked_by_task_ids: 'list',
  open_blocker_count: 'value',
  links: 'text',
  checklist: 'text',
  checklist_count: 'value',
  checklist_done_count: 'value',
}

/** Compares the fields that both contain. Throws when `before` is missing, because the history would lose the change. */
function changesOf(before: object | undefined, after: object): FieldChange[] {
  if (!before) throw new Error('An event that replaces fields needs the task or sprint before the change.')
  const [old, current] = [before, after] as Record<string, unknown>[]
  return Object.entries(fieldKinds).flatMap(([field, kind]): FieldChange[] => {
    const [from, to] = [old![field], current![field]]
    if (from === undefined || to === undefined || JSON.stringify(from) === JSON.stringify(to)) return []
    if (kind === 'text') return [{field}]
    if (kind === 'value') return [{field, from, to} as FieldChange]
    const [removed, added] = [
      without(from as string[], to as string[]),
      without(to as string[], from as string[]),
    ]
    return [{field, added, removed}]
  })
}

function without(items: readonly string[], others: readonly string[]): string[] {
  return items.filter(item => !others.includes(item))
}

function fromTo(field: string, from: string | null, to: string | null): FieldChange {
  return {field, from, to}
}

function ofTask(
  {task_id}: {task_id: string},
  changes: FieldChange[] = [],
  more: Partial<Fact> = {},
): SubjectFact[] {
  return [{subjectId: task_id, fact: {changes, ...more}}]
}

function ofEscalation({
  task_id,
  escalation,
}: Event<'escalation.created' | 'escalation.responded'>): SubjectFact[] {
  return task_id ? ofTask({task_id}, [], {escalation_id: escalation.id}) : []
}

function ofSprints(
  sprintIds: readonly (string | null | undefined)[],
  about: Partial<Fact>,
  changes: FieldChange[],
): SubjectFact[] {
  return sprintIds.flatMap(subjectId => (subjectId ? [{subjectId, fact: {changes, ...about}}] : []))
}

function taskIn({task}: {task: {id: string; title: string}}): Partial<Fact> {
  return {task_id: task.id, title: task.title}
}

function storyIn({story}: {story: {id: string; title: string}}): Partial<Fact> {
  return {story_id: story.id, title: story.title}
}
