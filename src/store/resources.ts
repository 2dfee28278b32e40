/**
 * The base query of each resource. A base query selects the rows of an organization, with the columns that clients
 * receive.
 */
import {type SelectQueryBuilder, sql} from 'kysely'
import {commentSchema} from '../board/comment.ts'
import {escalationSchema} from '../board/escalation.ts'
import {labelSchema} from '../board/label.ts'
import {type MemberDetails, memberSchema, type Role} from '../board/member.ts'
import {notificationSchema} from '../board/notification.ts'
import {Problem} from '../board/problem.ts'
import {projectSchema} from '../board/project.ts'
import {sprintSchema} from '../board/sprint.ts'
import {storySchema} from '../board/story.ts'
import {taskSchema} from '../board/task.ts'
import type {Database} from './connection.ts'
import type {Tables} from './tables.ts'

/** For each table, the columns that clients receive. Each field of a resource has the name of its column. */
export const columns = {
  members: memberSchema.keyof().options,
  projects: projectSchema.keyof().options,
  labels: labelSchema.keyof().options,
  sprints: sprintSchema.keyof().options,
  stories: storySchema.keyof().options,
  tasks: taskSchema.keyof().options,
  comments: commentSchema.keyof().options,
  escalations: escalationSchema.keyof().options,
  notifications: notificationSchema.keyof().options,
}

/** The columns of a board: all columns without the description, the links and the checklist. */
export const boardColumns = {
  stories: storySchema.omit({description: true}).keyof().options,
  tasks: taskSchema.omit({description: true, links: true, checklist: true}).keyof().options,
}

export function selectMembers(db: Database, organizationId: string) {
  return db.selectFrom('members').select(columns.members).where('organization_id', '=', organizationId)
}

/** Selects the members with their roles, including removed members. */
export function selectMemberDetails(db: Database, organizationId: string) {
  return db
    .selectFrom('members as m')
    .leftJoin('api_keys as k', join =>
      join.onRef('k.organization_id', '=', 'm.organization_id').onRef('k.member_id', '=', 'm.id'),
    )
    .select(['m.id', 'm.name', 'm.last_seen_at', 'm.removed_at'])
    .select(sql<MemberDetails['kind']>`case when k.id is null then 'person' else 'api_key' end`.as('kind'))
    .select(sql<Role | null>`coalesce(m.set_role, k.role, m.claimed_role)`.as('role'))
    .where('m.organization_id', '=', organizationId)
}

/** Selects the API keys of all organizations. Each row also contains the name and the role of the key's member. */
export function selectApiKeys(db: Database) {
  return db
    .selectFrom('api_keys as k')
    .innerJoin('members as m', join =>
      join.onRef('m.organization_id', '=', 'k.organization_id').onRef('m.id', '=', 'k.member_id'),
    )
    .select(['k.id', 'k.member_id', 'm.name', 'k.created_at', 'k.expires_at', 'k.revoked_at'])
    .select(sql<Role>`coalesce(m.set_role, k.role)`.as('role'))
}

export function selectProjects(db: Database, organizationId: string) {
  return db.selectFrom('projects').select(columns.projects).where('organization_id', '=', organizationId)
}

export function selectLabels(db: Database, organizationId: string) {
  return db.selectFrom('labels').select(columns.labels).where('organization_id', '=', organizationId)
}

export function selectSprints(db: Database, organizationId: string) {
  return db.selectFrom('sprints').select(columns.sprints).where('organization_id', '=', organizationId)
}

export function selectStories(db: Database, organizationId: string) {
  return db.selectFrom('stories').select(columns.stories).where('organization_id', '=', organizationId)
}

export function selectTasks(db: Database, organizationId: string) {
  return db.selectFrom('tasks').select(columns.tasks).where('organization_id', '=', organizationId)
}

/** Selects the columns of a board's stories: all columns without the description. */
export function selectBoardStories(db: Database, organizationId: string) {
  return db.selectFrom('stories').select(boardColumns.stories).where('organization_id', '=', organizationId)
}

/** Selects the columns of a board's tasks: all columns without the description, the links and the checklist. */
export function selectBoardTasks(db: Database, organizationId: string) {
  return db.selectFrom('tasks').select(boardColumns.tasks).where('organization_id', '=', organizationId)
}

export function selectComments(db: Database, organizationId: string) {
  return db.selectFrom('comments').select(columns.comments).where('organization_id', '=', organizationId)
}

export function selectEscalations(db: Database, organizationId: string) {
  return db
    .selectFrom('escalations')
    .select(columns.escalations)
    .where('organization_id', '=', organizationId)
}

/**
 * Selects the columns of the table `activities`. These columns differ from the fields of an activity, so `listActivity`
 * in `snapshots.ts` converts the rows.
 */
export function selectActivities(db: Database, organizationId: string) {
  return db
    .selectFrom('activities')
    .select(['id', 'type', 'created_at as timestamp', 'actor_user_id', 'project_id', 'fields'])
    .where('organization_id', '=', organizationId)
}

/** Selects the notifications of one member. */
export function selectNotifications(db: Database, organizationId: string, memberId: string) {
  return db
    .selectFrom('notifications')
    .select(columns.notifications)
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
}

/**
 * Returns the row with this id. Throws Problem '<kind>-not-found' when `rows` does not contain the id. The error does
 * not show whether the id exists in another organization.
 */
export async function requireRow<Table extends keyof Tables, T>(
  kind: 'project' | 'label' | 'sprint' | 'story' | 'task' | 'comment' | 'escalation' | 'notification',
  rows: SelectQueryBuilder<Tables, Table, T>,
  id: string,
): Promise<T> {
  return requireFound(kind, (await rows.where(sql<boolean>`id = ${id}`).executeTakeFirst()) as T | undefined)
}

/** Throws Problem '<kind>-not-found' when there is no row. */
export function requireFound<T>(kind: Parameters<typeof requireRow>[0], row: T | undefined): T {
  if (row) return row
  throw new Problem(`${kind}-not-found`, `This ${kind} does not exist. It may have been deleted.`)
}

/**
 * Returns the SQL text `any (…)`, so that a condition can compare an id with several ids. With `in (…)`, the text of
 * the statement would depend on the number of ids.
 */
export function anyOf(ids: readonly string[]) {
  return sql<string>`any (${ids}::uuid[])`
}
