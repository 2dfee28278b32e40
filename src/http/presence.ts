import {openTaskSchema, presenceSchema} from '../board/presence.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {readSprint, readTask} from '../store/snapshots.ts'
import {route} from './route.ts'

export const presenceRoutes = [
  route({
    method: 'get',
    path: '/sprints/{id}/presence',
    operationId: 'readPresence',
    tag: 'Sprints',
    summary: 'Read who has the board of the sprint open.',
    description:
      'Lists the members with a stream or a poll with `presence=true`. A server with several processes asks its other processes, which takes up to 0.25 s.',
    ids: {id: 'sprint-not-found'},
    success: 200,
    omitsEventId: true,
    response: presenceSchema,
    async read({caller: {organization_id}, ids}, {db, live}) {
      await readSprint(db, organization_id, ids.id)
      return {result: {sprint_id: ids.id, ...(await live.readPresence(organization_id, ids.id))}}
    },
  }),
  route({
    method: 'put',
    path: '/sprints/{id}/presence',
    operationId: 'showOpenTask',
    tag: 'Sprints',
    summary: 'Report which task a tab of yours shows.',
    description:
      'The other members see this task in the presence of the board, while you have a stream with `presence=true`. The server forgets the tab after 60 s. Repeat the request every 20 s while the tab shows the task.',
    role: 'viewer',
    ids: {id: 'sprint-not-found'},
    body: openTaskSchema,
    success: 204,
    omitsEventId: true,
    problems: ['task-not-found'],
    reportLimit: 'presenceUpdatesPerUser',
    async report({caller, ids, body}, {db, live}) {
      const {organization_id: organizationId, user_id: userId, name: userName} = caller
      const {client_id: clientId, task_id: taskId} = body
      if (!taskId || !(await isOnBoard(db, organizationId, taskId, ids.id))) {
        await readSprint(db, organizationId, ids.id)
        if (taskId) throw new Problem('task-not-found', 'This task is not on the board.')
      }
      live.showTask({organizationId, userId, userName, clientId}, {sprintId: ids.id, taskId})
    },
  }),
]

/** One query is enough for most reports: the sprint of a task exists. */
async function isOnBoard(
  db: Database,
  organizationId: string,
  taskId: string,
  sprintId: string,
): Promise<boolean> {
  const task = await readTask(db, organizationId, taskId).catch(error => {
    if (error instanceof Problem && error.code === 'task-not-found') return undefined
    throw error
  })
  return task?.result.sprint_id === sprintId
}
