/** The keys of tasks in texts are links. */
import {createContext} from 'react'
import type {Board} from '../../client/client.ts'
import {addressOf} from '../organization/task-address.ts'

/** Returns the address of the task with this key. Returns undefined when the key belongs to another project. */
export type KeyLinks = (key: string) => string | undefined

export const KeyLinksContext = createContext<KeyLinks>(() => undefined)

/** `anyKey` is the key of any task of the project. */
export function keyLinks(anyKey: string, board: Board): KeyLinks {
  const project = projectOf(anyKey)
  return key => {
    if (projectOf(key) !== project) return undefined
    const task = board.stories.flatMap(({tasks}) => tasks).find(task => task.key === key)
    return task ? addressOf(task) : `/tasks/${key}`
  }
}

function projectOf(key: string): string {
  return key.split('-')[0]!
}
