/** Data that a component fetches from the server and keeps up to date with events. */
import {useCallback, useContext, useEffect, useRef, useState} from 'react'
import {keepTrying, type Trying} from '../../client/api-client.ts'
import {SignInAgainContext} from './sign-in-again.ts'

export interface Fetched<T> {
  /** Undefined until the first fetch has succeeded. */
  value: T | undefined
  /** The error of the latest attempt, or undefined when the attempt succeeded. */
  error: unknown
  /** True until the latest fetch has succeeded, also between its attempts. */
  isFetching: boolean
  /** Fetches again immediately. Until the new value arrives, `value` stays unchanged. */
  refetch(): void
  /** Replaces the value, for example after an event. */
  update(alter: (value: T) => T): void
}

/**
 * Fetches a value once for each `key`. After a failed attempt, fetches again until an attempt succeeds. After a
 * sign-in, the next attempt starts immediately. Does not fetch while `key` is `false`. Updates during a fetch are also
 * applied to the fetched value, because this value may be older than the updates.
 */
export function useFetched<T>(key: string | false, fetchValue: () => Promise<T>): Fetched<T> {
  const [state, setState] = useState<{key: string | false; fetched?: number; value?: T; error?: unknown}>({
    key,
  })
  const [number, setNumber] = useState(0)
  const {signIns} = useContext(SignInAgainContext)
  const trying = useRef<Trying>(undefined)
  /** The updates that were made during the current fetch, or undefined when there is no current fetch. */
  const pendingUpdates = useRef<((value: T) => T)[]>(undefined)
  const latestFetch = useRef(fetchValue)
  latestFetch.current = fetchValue

  useEffect(() => {
    if (key === false) return
    trying.current = keepTrying(
      () => {
        pendingUpdates.current = []
        return latestFetch.current()
      },
      value => {
        const updates = pendingUpdates.current!
        pendingUpdates.current = undefined
        setState({key, fetched: number, value: updates.reduce((newer, alter) => alter(newer), value)})
      },
      error => {
        pendingUpdates.current = undefined
        setState(before => (before.key === key ? {...before, error} : {key, error}))
      },
    )
    return () => trying.current?.stop()
  }, [key, number])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run after each sign-in
  useEffect(() => trying.current?.now(), [signIns])

  const update = useCallback((alter: (value: T) => T) => {
    pendingUpdates.current?.push(alter)
    setState(state => {
      if (state.value === undefined) return state
      const value = alter(state.value)
      return Object.is(value, state.value) ? state : {...state, value}
    })
  }, [])
  const refetch = useCallback(() => setNumber(number => number + 1), [])
  const isCurrent = state.key === key
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    isFetching: key !== false && !(isCurrent && state.fetched === number),
    refetch,
    update,
  }
}
