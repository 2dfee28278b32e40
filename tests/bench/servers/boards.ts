/** Creates boards with tasks, and the requests that change the tasks. */
import type {Caller} from '../../../src/board/member.ts'
import {newTaskSchema} from '../../../src/board/task.ts'
import {commitChange} from '../../../src/changes/commit-change.ts'
import {createTask} from '../../../src/changes/create-task.ts'
import {releaseTask} from '../../../src/changes/release-task.ts'
import {takeTask} from '../../../src/changes/take-task.ts'
import {createBoard} from '../../helpers/organization.ts'
import {recordStatements, type Statement} from '../../helpers/statements.ts'
import {formatRequest} from '../requests.ts'
import type {RunningApp} from './app.ts'

/** A task, and the requests that take the task, release the task and comment on the task. */
export interface TaskRequests {
  taskId: string
  take: string
  release: string
  comment: string
}

/** Tasks, and the port to which their requests are sent. */
export interface Board {
  port: number
  tasks: TaskRequests[]
}

export interface BoardRequest {
  /** The organization's name in tokens. */
  organization: string
  tasks: number
}

/** Creates a board with the given number of tasks. */
export async function makeBoard(app: RunningApp, {organization, tasks}: BoardRequest): Promise<Board> {
  const {caller, token} = await worker(app, organization)
  const {story} = await createBoard(app.db, caller)
  const newTask = newTaskSchema.parse({title: 'Light the candle'})
  const board: Board = {port: app.port, tasks: []}
  for (let count = 0; count < tasks; count++) {
    const {result: task} = await commitChange(app.db, caller, createTask(story.id, newTask))
    board.tasks.push(requestsFor(task.id, token))
  }
  return board
}

export function requestsFor(taskId: string, token: string): TaskRequests {
  const path = `/tasks/${taskId}/ownership`
  return {
    taskId,
    take: formatRequest('PUT', path, token),
    release: formatRequest('DELETE', path, token),
    comment: formatRequest('POST', `/tasks/${taskId}/comments`, token, {}, {body: 'Mind the wick.'}),
  }
}

/** Takes and releases the task. Returns the database statements of these two changes. */
export async function statementsOf(
  app: RunningApp,
  organization: string,
  taskId: string,
): Promise<Statement[]> {
  const {caller} = await worker(app, organization)
  return recordStatements(async () => {
    await commitChange(app.db, caller, takeTask(taskId))
    await commitChange(app.db, caller, releaseTask(taskId))
  })
}

async function worker(
  {identity, tokenFor}: RunningApp,
  organization: string,
): Promise<{caller: Caller; token: string}> {
  const token = await tokenFor('worker', organization)
  const {caller} = await identity.authenticate({token})
  return {caller, token}
}
