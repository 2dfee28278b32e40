import type {Sprint} from '../../client/client.ts'

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
