/** Returns the fields that every event about a resource contains: the time, the actor, the ids and the new version. */
import type {Escalation} from './escalation.ts'
import type {EventFacts} from './events.ts'
import type {Label} from './label.ts'
import type {Action} from './member.ts'
import type {Project} from './project.ts'
import type {Sprint} from './sprint.ts'
import type {Story} from './story.ts'
import type {BoardTask} from './task.ts'

export function projectFacts({id, version}: Project, action: Action): EventFacts['project'] {
  return {...actionFacts(action), project_id: id, version}
}

export function sprintFacts({project_id, id, version}: Sprint, action: Action): EventFacts['sprint'] {
  return {...actionFacts(action), project_id, sprint_id: id, version}
}

export function storyFacts({project_id, sprint_id, id, version}: Story, action: Action): EventFacts['story'] {
  return {...actionFacts(action), project_id, ...(sprint_id && {sprint_id}), story_id: id, version}
}

export function labelFacts({project_id, id, version}: Label, action: Action): EventFacts['label'] {
  return {...actionFacts(action), project_id, label_id: id, version}
}

export function taskFacts(task: BoardTask, action: Action): EventFacts['task'] {
  const {project_id, sprint_id, story_id, id, version} = task
  return {...actionFacts(action), project_id, ...(sprint_id && {sprint_id}), story_id, task_id: id, version}
}

export function escalationFacts(
  {project_id, story_id, task_id}: Escalation,
  action: Action,
): EventFacts['escalation'] {
  return {...actionFacts(action), project_id, ...(story_id && {story_id}), ...(task_id && {task_id})}
}

export function actionFacts({caller, timestamp}: Action) {
  return {timestamp, actor_user_id: caller.user_id}
}
