/** The exports of `@boardcast/client/query`, which updates the cache of TanStack Query from a stream. */
import {applyEvent} from '../board/apply-event.ts'
import type {Backlog, Board, BoardEvent, Task} from './contract.ts'
import {importJitterMs} from './import-jitter.ts'

type QueryKey = readonly unknown[]

/** An event that arrived during a fetch. `task_id` and `version` are optional, because some events do not have them. */
type Missed = BoardEvent & {task_id?: string | null | undefined; version?: number}

/** The methods of TanStack's QueryClient (version 4 or 5) that this file calls. */
export interface QueryCache {
  setQueryData(key: QueryKey, data: unknown): unknown
  setQueriesData(
    filter: {queryKey: QueryKey},
    update: (data: Board | Backlog | undefined) => Board | Backlog | undefined,
  ): unknown
  invalidateQueries(filter: {queryKey: QueryKey}): unknown
}

export interface QueryKeys {
  /**
   * The prefix of the keys of cached boards (`GET /sprints/{id}/board`) and backlogs (`GET /projects/{id}/backlog`). For
   * the keys `['boards', sprintId]`, the prefix is `['boards']`. The project of a backlog is updated only if the stream has
   * the topic `projects`.
   */
  boards?: QueryKey
  /** The prefix of the keys of cached tasks. After an import, cached boards and tasks are stale. */
  tasks?: QueryKey
  /** Returns the key of a cached task (`GET /tasks/{id}`). */
  task?(taskId: string): QueryKey
  /** Returns the keys of the other queries that the event makes stale, for example queries of lists and counts. */
  stale?(event: BoardEvent): readonly QueryKey[]
}

export interface CacheUpdates {
  /** Pass this function as `onEvent` of a stream. */
  onEvent(event: BoardEvent): void
  /**
   * Pass this function as `onReset` of a stream. Because the missed events are unknown, all cached queries become
   * stale.
   */
  onReset(): void
  /**
   * Wraps the fetch of a board, a backlog or a task. The response may be older than an event that arrives during the fetch. In
   * this case, a board is updated with the event, and a task is fetched again.
   */
  fetching<T extends Board | Backlog | Task>(fetch: () => Promise<T>): Promise<T>
}

export function updateQueries(cache: QueryCache, keys: QueryKeys): CacheUpdates {
  const fetches = new Set<Missed[]>()
  let isInvalidationPlanned = false
  const invalidateImported = () => {
    isInvalidationPlanned = false
    for (const queryKey of [keys.boards, keys.tasks]) if (queryKey) void cache.invalidateQueries({queryKey})
  }
  return {
    onEvent(event) {
      for (const missed of fetches) missed.push(event)
      const {boards, task, stale} = keys
      if (event.type === 'board.imported') {
        if (!isInvalidationPlanned) setTimeout(invalidateImported, Math.random() * importJitterMs)
        isInvalidationPlanned = true
      } else if (boards) cache.setQueriesData({queryKey: boards}, board => board && applyEvent(board, event))
      if (task && 'task' in event) cache.setQueryData(task(event.task.id), event.task)
      else if (task && 'task_id' in event && event.task_id)
        void cache.invalidateQueries({queryKey: task(event.task_id)})
      for (const queryKey of stale?.(event) ?? []) void cache.invalidateQueries({queryKey})
    },
    onReset() {
      void cache.invalidateQueries({queryKey: []})
    },
    async fetching<T extends Board | Backlog | Task>(fetch: () => Promise<T>) {
      const missed: Missed[] = []
      fetches.add(missed)
      try {
        for (;;) {
          const known = missed.length
          const answer = await fetch()
          // If the response already includes an event, the event changes nothing, because the version of the event is
          // not newer than the version in the response.
          if ('stories' in answer) return missed.reduce<Board | Backlog>(applyEvent, answer) as T
          const {id, version} = answer
          const isNewer = (event: Missed) => event.task_id === id && event.version! > version
          // An import does not name the tasks that it has changed.
          const isImport = (event: Missed) => event.type === 'board.imported'
          if (!missed.some(isNewer) && !missed.slice(known).some(isImport)) return answer
        }
      } finally {
        fetches.delete(missed)
      }
    },
  }
}
