/** The keys of tasks in texts are links. */
import {createContext, useCallback, useRef} from 'react'
import type {Backlog, Board} from '../../client/client.ts'
import {addressOf} from '../organization/task-address.ts'

/** Returns the address of the task with this key. Returns undefined when the key belongs to another project. */
export type KeyLinks = (key: string) => string | undefined

export const KeyLinksContext = createContext<KeyLinks>(() => undefined)

/**
 * Returns the same function while the project is the same, so that a change of the board does not render all texts again.
 * `anyKey` is the key of any task of the project.
 */
export function useKeyLinks(anyKey: string, board: Board | Backlog): KeyLinks {
  const latest = useRef(board)
  latest.current = board
  const project = projectOf(anyKey)
  return useCallback(key => addressOfKey(key, project, latest.current), [project])
}

export function addressOfKey(key: string, project: string, board: Board | Backlog): string | undefined {
  if (projectOf(key) !== project) return undefined
  const task = board.stories.flatMap(({tasks}) => tasks).find(task => task.key === key)
  return task ? addressOf(task) : `/tasks/${key}`
}

function projectOf(key: string): string {
  return key.split('-')[0]!
}
