/** Boards with tasks, and the requests that take and release them. */
import type {Caller} from '../../../src/board/member.ts'
import {newTaskSchema} from '../../../src/board/task.ts'
import {createTask} from '../../../src/changes/create-task.ts'
import {releaseTask} from '../../../src/changes/release-task.ts'
import {takeTask} from '../../../src/changes/take-task.ts'
import {createBoard} from '../../helpers/organization.ts'
import {formatRequest} from '../requests.ts'
import type {RunningApp} from './app.ts'
import {recordStatements, type Statement} from './queries.ts'

/** A task and the two requests that alternate on it. */
export interface TaskRequests {
  taskId: string
  take: string
  release: string
}

/** Tasks, and the port that their requests go to. */
export interface Board {
  port: number
  tasks: TaskRequests[]
}

export interface BoardRequest {
  /** The name of the organization in its tokens. */
  organization: string
  tasks: number
}

/** A new board in the organization, with so many tasks. */
export async function makeBoard(app: RunningApp, {organization, tasks}: BoardRequest): Promise<Board> {
  const {caller, token} = await worker(app, organization)
  const {story} = await createBoard(app.db, caller)
  const newTask = newTaskSchema.parse({title: 'Light the candle'})
  const board: Board = {port: app.port, tasks: []}
  for (let count = 0; count < tasks; count++) {
    const {result: task} = await createTask(app.db, caller, story.id, newTask)
    const path = `/tasks/${task.id}/ownership`
    board.tasks.push({
      taskId: task.id,
      take: formatRequest('PUT', path, token),
      release: formatRequest('DELETE', path, token),
    })
  }
  return board
}

/** The statements of one take and one release of the task, as they go to the database. */
export async function statementsOf(
  app: RunningApp,
  organization: string,
  taskId: string,
): Promise<Statement[]> {
  const {caller} = await worker(app, organization)
  return recordStatements(async () => {
    await takeTask(app.db, caller, taskId)
    await releaseTask(app.db, caller, taskId)
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
