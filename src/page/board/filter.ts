/** The filter of a board. The query of the address contains it, so that a link shows the same cards. */
import {useEffect, useState} from 'react'
import type {TaskStatus} from '../../client/client.ts'
import {type Priority, priorities, statuses} from '../parts/words.ts'

export interface Filter {
  /** Only cards that contain all words of this text are shown. An empty text shows all cards. */
  text: string
  /** Only tasks of this owner are shown, or only tasks without an owner. An empty text shows all tasks. */
  owner: string
  /** The id of a label: only tasks with this label are shown. An empty text shows all tasks. */
  label: string
  priority: Priority | 'none' | 'all'
  /** The id of a story: only tasks of this story are shown. An empty text shows all tasks. */
  story: string
  /**
   * Only tasks with this status are shown. With `open`, only available tasks, owned tasks and tasks in progress are
   * shown. With `blocked`, only tasks that wait for an unfinished task are shown.
   */
  status: TaskStatus | 'open' | 'blocked' | 'all'
}

export const noFilter: Filter = {text: '', owner: '', label: '', priority: 'all', story: '', status: 'all'}

/** The owner of a filter that shows only tasks without an owner. */
export const nobody = 'none'

export function isFiltering(filter: Filter): boolean {
  return queryOf(filter) !== ''
}

/** Reads the filter from the query of an address. Unknown values are ignored. */
export function filterIn(query: string): Filter {
  const values = new URLSearchParams(query)
  const oneOf = <T extends string>(name: string, known: readonly T[]): T | 'all' =>
    known.find(value => value === values.get(name)) ?? 'all'
  return {
    text: values.get('filter') ?? '',
    owner: values.get('owner') ?? '',
    label: values.get('label') ?? '',
    priority: oneOf('priority', [...priorities, 'none']),
    story: values.get('story') ?? '',
    status: oneOf('status', [...statuses, 'open', 'blocked']),
  }
}

/** The inverse function of `filterIn`. The query is empty when the filter shows all cards. */
export function queryOf({text, owner, label, priority, story, status}: Filter): string {
  const values = new URLSearchParams()
  if (text.trim()) values.set('filter', text.trim())
  if (owner) values.set('owner', owner)
  if (label) values.set('label', label)
  if (priority !== 'all') values.set('priority', priority)
  if (story) values.set('story', story)
  if (status !== 'all') values.set('status', status)
  return values.size > 0 ? `?${values}` : ''
}

const writeDelayMs = 200 // browsers refuse an address that changes at each key

/** Returns the filter of this board. Each change is written into the address, without a new entry in the history. */
export function useFilter() {
  const [path] = useState(() => location.pathname)
  const state = useState(() => filterIn(location.search))
  const [filter] = state
  useEffect(() => {
    const query = queryOf(filter)
    const write = () => {
      if (location.pathname !== path || location.search === query) return
      history.replaceState(history.state, '', path + query + location.hash)
    }
    const timer = setTimeout(write, writeDelayMs)
    // The previous entry of the history may have an earlier filter.
    addEventListener('popstate', write)
    return () => {
      clearTimeout(timer)
      removeEventListener('popstate', write)
    }
  }, [filter, path])
  return state
}
