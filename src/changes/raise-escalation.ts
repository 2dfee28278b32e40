import type {Transaction} from 'kysely'
import type {Escalation, NewEscalation} from '../board/escalation.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {newId} from '../store/ids.ts'
import {requireRow, selectProjects, selectStories, selectTasks} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Committed, commitChange} from './change.ts'
import {requireMembers} from './require-members.ts'

/**
 * Asks a question of a project, or of one of its stories or tasks; a task's story is known by the task. Concerns
 * the assignee. Throws Problem 'project-not-found', 'member-not-found', or 'story-not-found' or 'task-not-found'
 * for what is not in this project (a task: in this story).
 */
export async function raiseEscalation(
  db: Database,
  by: Caller,
  projectId: string,
  input: NewEscalation,
): Promise<Committed<Escalation>> {
  return commitChange(db, by, async (trx, act) => {
    const {organization_id, user_id} = by
    // Shared, for it alters nothing of the project, which must only not go meanwhile.
    const projects = selectProjects(trx, organization_id).forKeyShare()
    const project = await requireRow('project', projects, projectId)
    if (input.assignee_user_id) await requireMembers(trx, organization_id, [input.assignee_user_id])
    const escalation: Escalation = {
      id: newId(),
      project_id: project.id,
      ...input,
      story_id: await requireSubject(trx, organization_id, project.id, input),
      status: 'open',
      created_by_user_id: user_id,
      response: null,
      responded_by_user_id: null,
      created_at: act.at,
      responded_at: null,
    }
    const event = {type: 'escalation.created', ...escalationFacts(escalation, act), escalation} as const
    const assignee = escalation.assignee_user_id
    return {
      result: escalation,
      events: [{event, recipients: assignee && assignee !== user_id ? [assignee] : []}],
      writes: [trx.insertInto('escalations').values({organization_id, ...escalation})],
    }
  })
}

/** Answers the id of the story that the question is about, the task's own where it is about a task. */
async function requireSubject(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
  {story_id, task_id}: NewEscalation,
): Promise<string | null> {
  if (!task_id) {
    if (!story_id) return null
    const stories = selectStories(trx, organizationId).where('project_id', '=', projectId)
    return (await requireRow('story', stories, story_id)).id
  }
  const tasks = selectTasks(trx, organizationId).where('project_id', '=', projectId)
  const ofStory = story_id ? tasks.where('story_id', '=', story_id) : tasks
  return (await requireRow('task', ofStory, task_id)).story_id
}
