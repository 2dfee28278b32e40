/** A value outside of React that components may watch, each the part that it shows. */
import {useSyncExternalStore} from 'react'

export interface Held<T> {
  get(): T
  set(value: T): void
  watch(listener: () => void): () => void
}

export function hold<T>(value: T): Held<T> {
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useHeld<T>(held: Held<T>): T {
  return useSyncExternalStore(held.watch, held.get)
}
