/** What a component has read from the server: first nothing, then the answer or why there is none. */
import {useCallback, useEffect, useRef, useState} from 'react'
import {keepTrying} from '../client/keep-trying.ts'

export interface Loaded<T> {
  /** Undefined until it was read. */
  value: T | undefined
  /** Why the last attempt failed; undefined when it did not. */
  error: unknown
  /** Reads it again, at once; what was read before stays until then. */
  reload(): void
  /** Replaces what was read: an event has told of something newer. */
  change(alter: (value: T) => T): void
}

/**
 * Reads once for each `key`, and after a failure again by itself until there is an answer; false: not yet. Changes that
 * come while the answer is on its way are made to it as well: the answer may be older than they are.
 */
export function useLoaded<T>(key: string | false, read: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{key: string | false; value?: T; error?: unknown}>({key})
  const [turn, setTurn] = useState(0)
  /** Undefined while nothing is being read. */
  const missed = useRef<((value: T) => T)[]>(undefined)
  const reading = useRef(read)
  reading.current = read

  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn is another attempt
  useEffect(() => {
    if (key === false) return
    const reads = keepTrying(
      () => {
        missed.current = []
        return reading.current()
      },
      value => {
        const changes = missed.current!
        missed.current = undefined
        setState({key, value: changes.reduce((newer, alter) => alter(newer), value)})
      },
      error => {
        missed.current = undefined
        setState(before => (before.key === key ? {...before, error} : {key, error}))
      },
    )
    return () => reads.stop()
  }, [key, turn])

  const change = useCallback((alter: (value: T) => T) => {
    missed.current?.push(alter)
    setState(state => {
      if (state.value === undefined) return state
      const value = alter(state.value)
      return Object.is(value, state.value) ? state : {...state, value}
    })
  }, [])
  const reload = useCallback(() => setTurn(turn => turn + 1), [])
  const isCurrent = state.key === key
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    reload,
    change,
  }
}
