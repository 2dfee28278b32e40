/** Every event of the log: its schema, its topics, and whom it concerns. One definition for server and client. */
import {z} from 'zod'
import {activityFields} from './activity.ts'
import {commentSchema} from './comment.ts'
import {escalationSchema} from './escalation.ts'
import {id, instant, version} from './fields.ts'
import {memberSchema} from './member.ts'
import {maxReadAtOnce, notificationSchema} from './notification.ts'
import {phase, projectSchema} from './project.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema, storyStatus} from './story.ts'
import {taskSchema, taskStatus} from './task.ts'

export const topics = ['tasks', 'projects', 'user'] as const
export type Topic = (typeof topics)[number]

/** `actor_user_id` is null where no member acted (webhooks). */
const ofAnything = {timestamp: instant, actor_user_id: id.nullable()}
const ofProject = {...ofAnything, project_id: id, version}
const ofSprint = {...ofAnything, project_id: id, sprint_id: id, version}
/** `sprint_id` is left out where there is no sprint. */
const ofStory = {...ofAnything, project_id: id, sprint_id: id.optional(), story_id: id, version}
const ofTask = {...ofAnything, project_id: id, sprint_id: id.optional(), story_id: id, task_id: id, version}
/** An escalation has no version: it is raised once and answered once. */
const ofEscalation = {...ofAnything, project_id: id, story_id: id.optional(), task_id: id.optional()}
/** What programs tell of a project has no version: it happened once. */
const ofActivity = {...ofAnything, project_id: id}
/** Where a notification's cause happened. */
const ofNotification = {
  ...ofAnything,
  project_id: id,
  sprint_id: id.optional(),
  story_id: id.optional(),
  task_id: id.optional(),
}
/** null: in no sprint. */
const fromTo = {from_sprint_id: id.nullable(), to_sprint_id: id.nullable()}

/** What an event of each kind of thing has in common; see `facts.ts`. */
export interface EventFacts {
  project: Fields<typeof ofProject>
  sprint: Fields<typeof ofSprint>
  story: Fields<typeof ofStory>
  task: Fields<typeof ofTask>
  escalation: Fields<typeof ofEscalation>
}
type Fields<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>

const boardEvents = {
  ownership_taken: event('ownership_taken', {...ofTask, owner_user_id: id}),
  ownership_released: event('ownership_released', {...ofTask, previous_owner_user_id: id}),
  status_changed: event('status_changed', {
    ...ofTask,
    old_status: taskStatus,
    new_status: taskStatus,
    changed_by_user_id: id,
    /** On reopen only. */
    previous_owner_user_id: id.nullable().optional(),
  }),
  'task.created': event('task.created', {...ofTask, task: taskSchema}),
  'task.updated': event('task.updated', {...ofTask, task: taskSchema}),
  'task.deleted': event('task.deleted', ofTask),
  'task.started': event('task.started', ofTask),
  'task.completed': event('task.completed', ofTask),
  'task.failed': event('task.failed', ofTask),
  'task.cancelled': event('task.cancelled', ofTask),
  'task.moved': event('task.moved', {...ofTask, ...fromTo, task: taskSchema}),
  'task.commented': event('task.commented', {...ofTask, comment: commentSchema}),
  'story.created': event('story.created', {...ofStory, story: storySchema}),
  'story.updated': event('story.updated', {...ofStory, story: storySchema}),
  'story.deleted': event('story.deleted', {...ofStory, story: storySchema}),
  'story.moved': event('story.moved', {...ofStory, ...fromTo, story: storySchema}),
  'story.status.changed': event('story.status.changed', {
    ...ofStory,
    old_status: storyStatus,
    new_status: storyStatus,
  }),
  'sprint.created': event('sprint.created', {...ofSprint, sprint: sprintSchema}),
  'sprint.updated': event('sprint.updated', {...ofSprint, sprint: sprintSchema}),
  'sprint.deleted': event('sprint.deleted', {...ofSprint, sprint: sprintSchema}),
  'member.updated': event('member.updated', {...ofAnything, member: memberSchema}),
} as const

const dashboardEvents = {
  'project.created': event('project.created', {...ofProject, project: projectSchema}),
  'project.updated': event('project.updated', {...ofProject, project: projectSchema}),
  'project.deleted': event('project.deleted', {...ofProject, project: projectSchema}),
  'project.phase.changed': event('project.phase.changed', {...ofProject, old_phase: phase, new_phase: phase}),
  'escalation.created': event('escalation.created', {...ofEscalation, escalation: escalationSchema}),
  'escalation.responded': event('escalation.responded', {...ofEscalation, escalation: escalationSchema}),
  'agent.started': event('agent.started', {...ofActivity, ...activityFields['agent.started']}),
  'agent.completed': event('agent.completed', {...ofActivity, ...activityFields['agent.completed']}),
  'pr.created': event('pr.created', {...ofActivity, ...activityFields['pr.created']}),
  'pr.merged': event('pr.merged', {...ofActivity, ...activityFields['pr.merged']}),
  'workflow.error': event('workflow.error', {...ofActivity, ...activityFields['workflow.error']}),
} as const

/** Of no topic but that of the member whom they concern, on all of their devices. */
const memberEvents = {
  'notification.created': event('notification.created', {
    ...ofNotification,
    notification: notificationSchema,
  }),
  /** The actor is the member. */
  'notification.read': event('notification.read', {
    ...ofAnything,
    notification_ids: z.array(id).min(1).max(maxReadAtOnce),
  }),
} as const

/** All types, in the order in which the reference lists them. */
export const eventSchemas = {...boardEvents, ...dashboardEvents, ...memberEvents} as const

export type EventType = keyof typeof eventSchemas
export const eventTypes = Object.keys(eventSchemas) as [EventType, ...EventType[]]

const schemas = Object.values(eventSchemas)
export const boardEventSchema = z
  .discriminatedUnion('type', schemas as [(typeof schemas)[number], ...(typeof schemas)[number][]])
  .meta({id: 'BoardEvent'})
export type BoardEvent = {[T in EventType]: z.infer<(typeof eventSchemas)[T]>}[EventType]

/** The topics on which an event is streamed beside that of the members whom it concerns. */
export function topicsOf(type: EventType): readonly Topic[] {
  if (type === 'story.status.changed') return ['tasks', 'projects']
  if (type in memberEvents) return []
  return type in dashboardEvents ? ['projects'] : ['tasks']
}

function event<const T extends string, F extends z.ZodRawShape>(type: T, fields: F) {
  return z.object({type: z.literal(type), ...fields}).meta({id: eventName(type)})
}

/** `task.created` → `TaskCreatedEvent`, the name of its schema in the contract. */
function eventName(type: string): string {
  const words = type.split(/[._]/).map(word => word[0]!.toUpperCase() + word.slice(1))
  return `${words.join('')}Event`
}
