/** Which cards flash, because somebody else has just changed them. */
import {useCallback, useSyncExternalStore} from 'react'

const duration = 1_000 // milliseconds

export interface Flashes {
  /** The card flashes for a second from now, also when it does already. */
  flash(taskId: string): void
  /** How many times it was set off while flashing; 0: it does not flash. */
  count(taskId: string): number
  watch(taskId: string, listener: () => void): () => void
}

export function createFlashes(): Flashes {
  const counts = new Map<string, number>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const watchers = new Map<string, Set<() => void>>()
  const tell = (taskId: string) => watchers.get(taskId)?.forEach(listener => void listener())

  return {
    flash(taskId) {
      clearTimeout(timers.get(taskId))
      counts.set(taskId, (counts.get(taskId) ?? 0) + 1)
      const end = () => {
        counts.delete(taskId)
        timers.delete(taskId)
        tell(taskId)
      }
      timers.set(taskId, setTimeout(end, duration))
      tell(taskId)
    },
    count: taskId => counts.get(taskId) ?? 0,
    watch(taskId, listener) {
      const listeners = watchers.get(taskId) ?? new Set()
      watchers.set(taskId, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) watchers.delete(taskId)
      }
    },
  }
}

/** 'odd' or 'even' while the card flashes: a second flash is another animation, and so begins anew. */
export function useFlash(flashes: Flashes, taskId: string): 'odd' | 'even' | undefined {
  const watch = useCallback((listener: () => void) => flashes.watch(taskId, listener), [flashes, taskId])
  const count = useSyncExternalStore(watch, () => flashes.count(taskId))
  if (count === 0) return undefined
  return count % 2 ? 'odd' : 'even'
}
