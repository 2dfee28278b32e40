/** The events of the log: their schemas and topics. Server and clients share these definitions. */
import {z} from 'zod'
import type {AccessChange} from './access.ts'
import {activityFields} from './activity.ts'
import {blockerFields} from './blockers.ts'
import {commentSchema} from './comment.ts'
import {discussionFields} from './discussion.ts'
import {escalationSchema} from './escalation.ts'
import {id, instant, rank, version} from './fields.ts'
import {labelSchema} from './label.ts'
import {memberSchema} from './member.ts'
import {maxIdsPerReadEvent, notificationSchema} from './notification.ts'
import {phase, projectSchema} from './project.ts'
import {sprintSchema, sprintStatus, sprintSummarySchema} from './sprint.ts'
import {storySchema, storyStatus} from './story.ts'
import {taskSchema, taskStatus} from './task.ts'

export const topics = ['tasks', 'projects', 'user'] as const
export type Topic = (typeof topics)[number]

/** The trace of a change, in the form of the header `traceparent`. */
const trace = z
  .string()
  .regex(/^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/)
  .meta({
    description:
      'The trace of the change. Present only if the change was requested with `X-Trace-Events: true`.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  })

/** `actor_user_id` is null when no member caused the event, for example when a webhook caused the event. */
const eventFields = {timestamp: instant, actor_user_id: id.nullable(), trace: trace.optional()}
const projectFields = {...eventFields, project_id: id, version}
const sprintFields = {...eventFields, project_id: id, sprint_id: id, version}
/** `sprint_id` is omitted when the story is not in a sprint. */
const storyFields = {...eventFields, project_id: id, sprint_id: id.optional(), story_id: id, version}
const taskFields = {
  ...eventFields,
  project_id: id,
  sprint_id: id.optional(),
  story_id: id,
  task_id: id,
  version,
}
const labelFields = {...eventFields, project_id: id, label_id: id, version}
/** An escalation has no version, because an escalation changes only once, when a member responds. */
const escalationFields = {...eventFields, project_id: id, story_id: id.optional(), task_id: id.optional()}
/** An activity has no version, because it never changes. */
const projectActivityFields = {...eventFields, project_id: id}
/** The project, sprint, story and task are copied from the event that caused the notification. */
const notificationFields = {
  ...eventFields,
  project_id: id,
  sprint_id: id.optional(),
  story_id: id.optional(),
  task_id: id.optional(),
}
/**
 * `from_sprint_id` is null when the story or task was in no sprint before the move. `to_sprint_id` is null when the
 * story or task is in no sprint after the move.
 */
const fromTo = {from_sprint_id: id.nullable(), to_sprint_id: id.nullable()}

/**
 * Present only when the task moved by itself, to another story. Without these fields, the task moved with its story. The
 * sprint does not change when both stories are in the same sprint.
 */
const fromToStory = {from_story_id: id.optional(), to_story_id: id.optional()}

/**
 * For each kind of resource, the fields that every event about such a resource contains. `facts.ts` returns these
 * fields.
 */
export interface EventFacts {
  project: Fields<typeof projectFields>
  sprint: Fields<typeof sprintFields>
  story: Fields<typeof storyFields>
  task: Fields<typeof taskFields>
  label: Fields<typeof labelFields>
  escalation: Fields<typeof escalationFields>
}
type Fields<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>

const boardEvents = {
  ownership_taken: event('ownership_taken', {...taskFields, owner_user_id: id}),
  ownership_released: event('ownership_released', {...taskFields, previous_owner_user_id: id}),
  ownership_transferred: event('ownership_transferred', {
    ...taskFields,
    owner_user_id: id,
    /** Null when the task was available. Its status is then `owned`. Otherwise, the status does not change. */
    previous_owner_user_id: id.nullable(),
  }),
  status_changed: event('status_changed', {
    ...taskFields,
    old_status: taskStatus,
    new_status: taskStatus,
    changed_by_user_id: id,
    /**
     * Present only when the task was reopened. The value is null when the task had no owner before it was reopened.
     */
    previous_owner_user_id: id.nullable().optional(),
  }),
  'task.created': event('task.created', {...taskFields, task: taskSchema}),
  'task.updated': event('task.updated', {...taskFields, task: taskSchema}),
  'task.deleted': event('task.deleted', taskFields),
  'task.started': event('task.started', taskFields),
  'task.completed': event('task.completed', taskFields),
  'task.failed': event('task.failed', taskFields),
  'task.cancelled': event('task.cancelled', taskFields),
  'task.moved': event('task.moved', {...taskFields, ...fromTo, ...fromToStory, task: taskSchema}),
  'task.ranked': event('task.ranked', {...taskFields, rank}),
  'task.blockers.changed': event('task.blockers.changed', {...taskFields, ...blockerFields}),
  'task.links.changed': event('task.links.changed', {...taskFields, task: taskSchema}),
  'task.commented': event('task.commented', {...taskFields, comment: commentSchema, ...discussionFields}),
  'task.comment.edited': event('task.comment.edited', {
    ...taskFields,
    comment: commentSchema,
    /** The members whom the comment mentions since this edit. */
    new_mentions: z.array(id),
    ...discussionFields,
  }),
  'task.comment.deleted': event('task.comment.deleted', {...taskFields, comment_id: id, ...discussionFields}),
  'task.questions.changed': event('task.questions.changed', {...taskFields, ...discussionFields}),
  'story.created': event('story.created', {...storyFields, story: storySchema}),
  'story.updated': event('story.updated', {...storyFields, story: storySchema}),
  'story.deleted': event('story.deleted', {...storyFields, story: storySchema}),
  'story.moved': event('story.moved', {...storyFields, ...fromTo, story: storySchema}),
  'story.ranked': event('story.ranked', {...storyFields, rank}),
  'story.status.changed': event('story.status.changed', {
    ...storyFields,
    old_status: storyStatus,
    new_status: storyStatus,
  }),
  'sprint.created': event('sprint.created', {...sprintFields, sprint: sprintSchema}),
  'sprint.updated': event('sprint.updated', {...sprintFields, sprint: sprintSchema}),
  'sprint.status.changed': event('sprint.status.changed', {
    ...sprintFields,
    old_status: sprintStatus,
    new_status: sprintStatus,
    sprint: sprintSchema,
    /** Present only when the sprint was closed. The events of all moved stories and tasks come before this event. */
    summary: sprintSummarySchema.optional(),
  }),
  'sprint.deleted': event('sprint.deleted', {...sprintFields, sprint: sprintSchema}),
  'label.created': event('label.created', {...labelFields, label: labelSchema}),
  'label.updated': event('label.updated', {...labelFields, label: labelSchema}),
  'label.deleted': event('label.deleted', {...labelFields, label: labelSchema}),
  /**
   * An import has changed stories, tasks or comments, without an event for each of them. `sprint_id` is omitted when they
   * are in no sprint. A client fetches the board of this sprint again.
   */
  'board.imported': event('board.imported', {...eventFields, project_id: id, sprint_id: id.optional()}),
  'member.updated': event('member.updated', {...eventFields, member: memberSchema}),
} as const

const dashboardEvents = {
  'project.created': event('project.created', {...projectFields, project: projectSchema}),
  'project.updated': event('project.updated', {...projectFields, project: projectSchema}),
  'project.deleted': event('project.deleted', {...projectFields, project: projectSchema}),
  'project.phase.changed': event('project.phase.changed', {
    ...projectFields,
    old_phase: phase,
    new_phase: phase,
  }),
  'escalation.created': event('escalation.created', {...escalationFields, escalation: escalationSchema}),
  'escalation.responded': event('escalation.responded', {...escalationFields, escalation: escalationSchema}),
  'agent.started': event('agent.started', {...projectActivityFields, ...activityFields['agent.started']}),
  'agent.completed': event('agent.completed', {
    ...projectActivityFields,
    ...activityFields['agent.completed'],
  }),
  'pr.created': event('pr.created', {...projectActivityFields, ...activityFields['pr.created']}),
  'pr.merged': event('pr.merged', {...projectActivityFields, ...activityFields['pr.merged']}),
  'workflow.error': event('workflow.error', {...projectActivityFields, ...activityFields['workflow.error']}),
} as const

/**
 * The events that are delivered only on the recipient's `user` topic. All devices of the recipient receive such an
 * event.
 */
const memberEvents = {
  'notification.created': event('notification.created', {
    ...notificationFields,
    notification: notificationSchema,
  }),
  /** The actor of this event is also its recipient. */
  'notification.read': event('notification.read', {
    ...eventFields,
    notification_ids: z.array(id).min(1).max(maxIdsPerReadEvent),
  }),
} as const

/** The schemas of all event types, in the order in which the reference documentation lists them. */
export const eventSchemas = {...boardEvents, ...dashboardEvents, ...memberEvents} as const

export type EventType = keyof typeof eventSchemas
export const eventTypes = Object.keys(eventSchemas) as [EventType, ...EventType[]]

const schemas = Object.values(eventSchemas)
export const boardEventSchema = z
  .discriminatedUnion('type', schemas as [(typeof schemas)[number], ...(typeof schemas)[number][]])
  .meta({id: 'BoardEvent'})
export type BoardEvent = {[T in EventType]: z.infer<(typeof eventSchemas)[T]>}[EventType]

/** The content of a record of the log: an event, or a control record that no stream delivers. */
export type LogEntry = BoardEvent | AccessChange

/**
 * Returns the topics on which all members receive the event. The recipients of an event also receive the event on their
 * `user` topic. A control record has no topic.
 */
export function topicsOf(type: LogEntry['type']): readonly Topic[] {
  if (type === 'story.status.changed' || type === 'board.imported') return ['tasks', 'projects']
  if (type in boardEvents) return ['tasks']
  return type in dashboardEvents ? ['projects'] : []
}

function event<const T extends string, F extends z.ZodRawShape>(type: T, fields: F) {
  return z.object({type: z.literal(type), ...fields}).meta({id: eventName(type)})
}

/** Returns the name of the event's schema in the contract: `TaskCreatedEvent` for `task.created`. */
function eventName(type: string): string {
  const words = type.split(/[._]/).map(word => word[0]!.toUpperCase() + word.slice(1))
  return `${words.join('')}Event`
}
