/** A value outside React that components can subscribe to. */
import {useSyncExternalStore} from 'react'

export interface Observable<T> {
  get(): T
  set(value: T): void
  /** Calls the listener after each change. Returns a function that unsubscribes the listener. */
  subscribe(listener: () => void): () => void
}

export function createObservable<T>(value: T): Observable<T> {
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get)
}
