/** What every event of a thing carries beside its type: when, by whom, of what, and the version that it made. */
import type {Escalation} from './escalation.ts'
import type {EventFacts} from './events.ts'
import type {Act} from './member.ts'
import type {Project} from './project.ts'
import type {Sprint} from './sprint.ts'
import type {Story} from './story.ts'
import type {Task} from './task.ts'

export function projectFacts({id, version}: Project, act: Act): EventFacts['project'] {
  return {...actFacts(act), project_id: id, version}
}

export function sprintFacts({project_id, id, version}: Sprint, act: Act): EventFacts['sprint'] {
  return {...actFacts(act), project_id, sprint_id: id, version}
}

export function storyFacts({project_id, sprint_id, id, version}: Story, act: Act): EventFacts['story'] {
  return {...actFacts(act), project_id, ...(sprint_id && {sprint_id}), story_id: id, version}
}

export function taskFacts(task: Task, act: Act): EventFacts['task'] {
  const {project_id, sprint_id, story_id, id, version} = task
  return {...actFacts(act), project_id, ...(sprint_id && {sprint_id}), story_id, task_id: id, version}
}

export function escalationFacts(
  {project_id, story_id, task_id}: Escalation,
  act: Act,
): EventFacts['escalation'] {
  return {...actFacts(act), project_id, ...(story_id && {story_id}), ...(task_id && {task_id})}
}

export function actFacts({at, by}: Act) {
  return {timestamp: at, actor_user_id: by.user_id}
}
