/** Makes the card of a task flash when another member has changed the task. */
import {useCallback, useSyncExternalStore} from 'react'

const durationMs = 1_000

export interface Flashes {
  /** Makes the card flash for one second. If the card is already flashing, the flash starts again. */
  flash(taskId: string): void
  /** Returns how many changes have started or restarted the flash of the card, or 0 when the card does not flash. */
  count(taskId: string): number
  /** Calls the listener when the card starts or stops flashing. Returns a function that unsubscribes the listener. */
  subscribe(taskId: string, listener: () => void): () => void
}

export function createFlashes(): Flashes {
  const counts = new Map<string, number>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const listenersByTask = new Map<string, Set<() => void>>()
  const notify = (taskId: string) => listenersByTask.get(taskId)?.forEach(listener => void listener())

  return {
    flash(taskId) {
      clearTimeout(timers.get(taskId))
      counts.set(taskId, (counts.get(taskId) ?? 0) + 1)
      const end = () => {
        counts.delete(taskId)
        timers.delete(taskId)
        notify(taskId)
      }
      timers.set(taskId, setTimeout(end, durationMs))
      notify(taskId)
    },
    count: taskId => counts.get(taskId) ?? 0,
    subscribe(taskId, listener) {
      const listeners = listenersByTask.get(taskId) ?? new Set()
      listenersByTask.set(taskId, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) listenersByTask.delete(taskId)
      }
    },
  }
}

/** Returns 'odd' or 'even' while the card flashes. A change between 'odd' and 'even' restarts the CSS animation. */
export function useFlash(flashes: Flashes, taskId: string): 'odd' | 'even' | undefined {
  const subscribe = useCallback(
    (listener: () => void) => flashes.subscribe(taskId, listener),
    [flashes, taskId],
  )
  const count = useSyncExternalStore(subscribe, () => flashes.count(taskId))
  if (count === 0) return undefined
  return count % 2 ? 'odd' : 'even'
}
