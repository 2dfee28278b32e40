/** `boardcast/query`: keeps what TanStack Query has cached as new as the stream. */
import {applyEvent} from '../board/apply-event.ts'
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'

type QueryKey = readonly unknown[]

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
  /** For `onReset` of a stream: all boards are fetched anew. */
  onReset(): void
  /**
   * Wraps what fetches a board: events that come while the answer is on its way are applied to it too, or an older
   * answer would undo them.
   */
  fetching<T extends Board>(fetchBoard: () => Promise<T>): Promise<T>
}

export function updateQueries(cache: QueryCache, keys: QueryKeys): CacheUpdates {
  const fetches = new Set<BoardEvent[]>()
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
      if (keys.boards) void cache.invalidateQueries({queryKey: keys.boards})
    },
    async fetching(fetchBoard) {
      const missed: BoardEvent[] = []
      fetches.add(missed)
      try {
        const board = await fetchBoard()
        // What the answer already has, its versions tell.
        return {...board, ...missed.reduce<Board>(applyEvent, board)}
      } finally {
        fetches.delete(missed)
      }
    },
  }
}
