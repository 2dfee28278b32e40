/** The task that the address opens on a board or in a backlog. */
import {useCallback, useLayoutEffect, useRef} from 'react'
import {findTask} from '../../client/board.ts'
import type {Backlog, Board, BoardTask} from '../../client/client.ts'
import {useOpened} from '../parts/route.tsx'

interface OpenedTask {
  /** Undefined when the address opens no task, and when the board does not contain the task. */
  task: BoardTask | undefined
  /** The id of the task. The key, when the board has not contained the task since the address was opened. */
  id: string | undefined
  /** Opens the task with this id, or closes what is open. The function never changes. */
  open(taskId: string | undefined): void
}

/** An address names a task by its key, or by its id. */
export function useOpenedTask(board: Board | Backlog): OpenedTask {
  const [{taskId: name}, openAddress] = useOpened()
  const task = name === undefined ? undefined : namedTask(board, name)
  const known = useRef({name, id: task?.id})
  if (known.current.name !== name || task) known.current = {name, id: task?.id}
  const latestBoard = useRef(board)
  useLayoutEffect(() => {
    latestBoard.current = board
  })
  const open = useCallback(
    (taskId: string | undefined) =>
      openAddress(taskId ? {taskId: findTask(latestBoard.current, taskId)?.key ?? taskId} : {}),
    [openAddress],
  )
  return {task, id: known.current.id ?? name, open}
}

function namedTask(board: Board | Backlog, name: string): BoardTask | undefined {
  const key = name.toUpperCase()
  for (const {tasks} of board.stories) {
    const task = tasks.find(task => task.key === key || task.id === name)
    if (task) return task
  }
  return undefined
}
