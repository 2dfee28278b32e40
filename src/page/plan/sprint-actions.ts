import type {BoardStory, Sprint} from '../../client/client.ts'

type SprintStatus = Sprint['status']

/** For each status of a sprint, the next status and the label of the action that leads to it. */
const sprintActions: Record<SprintStatus, {label: string; status: SprintStatus}> = {
  planned: {label: 'Start sprint', status: 'active'},
  active: {label: 'Close sprint', status: 'closed'},
  closed: {label: 'Reopen sprint', status: 'active'},
}

/** Returns the next status and its action. A sprint from an earlier version of the server has no status. */
export function nextStep({status}: {status?: SprintStatus}) {
  return sprintActions[status ?? 'planned']
}

/** Counts the stories that move away when the sprint is closed. The server has the same rule. */
export function countOpenStories(stories: readonly BoardStory[]): number {
  return stories.filter(({status, tasks}) =>
    tasks.length > 0
      ? tasks.some(task => task.status !== 'completed' && task.status !== 'cancelled')
      : status !== 'done',
  ).length
}
