/** `boardcast/query`: keeps what TanStack Query has cached as new as the stream. */
import {applyEvent} from '../board/apply-event.ts'
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import type {Task} from '../board/task.ts'

type QueryKey = readonly unknown[]

/** An event that came while an answer was on its way; not every one is of a task, or has a version. */
type Missed = BoardEvent & {task_id?: string | null | undefined; version?: number}

/** What is needed of TanStack's QueryClient, version 4 or 5. */
export interface QueryCache {
  setQueryData(key: QueryKey, data: unknown): unknown
  setQueriesData(
    filter: {queryKey: QueryKey},
    update: (data: Board | undefined) => Board | undefined,
  ): unknown
  invalidateQueries(filter: {queryKey: QueryKey}): unknown
}

export interface QueryKeys {
  /** Under this are boards, as `GET /sprints/{id}/board` answers; `['boards']` for those of `['boards', sprintId]`. */
  boards?: QueryKey
  /** Where a single task is, as `GET /tasks/{id}` answers. */
  task?(taskId: string): QueryKey
  /** What else the event makes stale: lists, counts, feeds. */
  stale?(event: BoardEvent): readonly QueryKey[]
}

export interface CacheUpdates {
  /** For `onEvent` of a stream. */
  onEvent(event: BoardEvent): void
  /** For `onReset` of a stream: nobody knows what was lost, so all that is cached is stale. */
  onReset(): void
  /**
   * Wraps what fetches a board or a task: an answer that is older than an event which came while it was on its way would
   * undo it. To a board the event is applied too, and a task is fetched again.
   */
  fetching<T extends Board | Task>(fetch: () => Promise<T>): Promise<T>
}

export function updateQueries(cache: QueryCache, keys: QueryKeys): CacheUpdates {
  const fetches = new Set<Missed[]>()
  return {
    onEvent(event) {
      for (const missed of fetches) missed.push(event)
      const {boards, task, stale} = keys
      if (boards) cache.setQueriesData({queryKey: boards}, board => board && applyEvent(board, event))
      if (task && 'task' in event) cache.setQueryData(task(event.task.id), event.task)
      else if (task && 'task_id' in event && event.task_id)
        void cache.invalidateQueries({queryKey: task(event.task_id)})
      for (const queryKey of stale?.(event) ?? []) void cache.invalidateQueries({queryKey})
    },
    onReset() {
      void cache.invalidateQueries({queryKey: []})
    },
    async fetching<T extends Board | Task>(fetch: () => Promise<T>) {
      const missed: Missed[] = []
      fetches.add(missed)
      try {
        for (;;) {
          const answer = await fetch()
          // What the answer already has, its versions tell.
          if ('stories' in answer) return missed.reduce<Board>(applyEvent, answer) as T
          const {id, version} = answer
          if (!missed.some(event => event.task_id === id && event.version! > version)) return answer
        }
      } finally {
        fetches.delete(missed)
      }
    },
  }
}
