import type {Transaction} from 'kysely'
import type {Escalation, NewEscalation} from '../board/escalation.ts'
import {ownerToAsk} from '../board/escalation-rules.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Task} from '../board/task.ts'
import {newId} from '../store/ids.ts'
import {requireRow, selectStories, selectTasks} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {changeQuestions} from './change-questions.ts'
import {shareProject} from './locks.ts'
import {requireAssignee} from './require-assignee.ts'
import {bytesOf} from './text-bytes.ts'

/**
 * Raises a question about a project, or about a story or task in the project. A request for a release goes to the owner
 * of the task. The recipient of the event is the assignee. Throws Problem 'task-not-owned' or 'task-already-owned'. Throws Problem 'project-not-found', 'member-not-found' or 'assignee-is-viewer'. Throws Problem
 * 'story-not-found' when the given story is not in the project. Throws Problem 'task-not-found' when the given task is
 * not in the project, or is not in the given story.
 */
export function raiseEscalation(projectId: string, input: NewEscalation): Change<Escalation> {
  return changeBy('member', async (trx, caller) => {
    const {organization_id, user_id} = caller
    const project_id = await shareProject(trx, organization_id, projectId)
    const isRelease = input.kind === 'release'
    if (input.assignee_user_id && !isRelease)
      await requireAssignee(trx, organization_id, input.assignee_user_id)
    const {story_id, task} = await lockSubject(trx, organization_id, project_id, input)
    const assignee = isRelease ? ownerOf(task, caller) : input.assignee_user_id
    const action = startAction(caller)
    const escalation: Escalation = {
      id: newId(),
      project_id,
      ...input,
      story_id,
      status: 'open',
      assignee_user_id: assignee,
      created_by_user_id: user_id,
      response: null,
      approved: null,
      responded_by_user_id: null,
      created_at: action.timestamp,
      responded_at: null,
    }
    const event = {type: 'escalation.created', ...escalationFacts(escalation, action), escalation} as const
    const ofTask = await changeQuestions(trx, action, task, 1)
    return {
      result: escalation,
      events: [{event, recipients: assignee && assignee !== user_id ? [assignee] : []}, ...ofTask.events],
      writes: [trx.insertInto('escalations').values({organization_id, ...escalation}), ...ofTask.writes],
      textBytes: bytesOf(escalation.question),
    }
  })
}

/** A request for a release is about a task, and goes to its owner. */
function ownerOf(task: Task | undefined, caller: Caller): string {
  if (task) return ownerToAsk(task, caller)
  const message = 'A request for a release needs the id of a task.'
  throw new Problem('invalid-request', message, {errors: [{path: 'task_id', message}]})
}

/**
 * Returns the id of the given story, or the id of the story that contains the given task, and the locked task. When no
 * story and no task are given, the id is null.
 */
async function lockSubject(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
  {story_id, task_id}: NewEscalation,
): Promise<{story_id: string | null; task?: Task}> {
  if (!task_id) {
    if (!story_id) return {story_id}
    const stories = selectStories(trx, organizationId).where('project_id', '=', projectId)
    return {story_id: (await requireRow('story', stories, story_id)).id}
  }
  const tasks = selectTasks(trx, organizationId).where('project_id', '=', projectId)
  const ofStory = story_id ? tasks.where('story_id', '=', story_id) : tasks
  const task = await requireRow('task', ofStory.forUpdate(), task_id)
  return {story_id: task.story_id, task}
}
