/** Fetches again after events, without a request for each event. */
import {useCallback, useEffect, useRef, useState} from 'react'
import type {Fetched} from './fetched.ts'

/**
 * Returns a function that fetches again once, after a random delay of `minDelayMs` to four times `minDelayMs`. Calls during
 * the delay have no effect, so that many events cause one request. A running fetch is not stopped, because a slow one would
 * then never end. Returns the same function at every render.
 */
export function useRefetchSoon(
  {isFetching, refetch}: Pick<Fetched<unknown>, 'isFetching' | 'refetch'>,
  minDelayMs: number,
): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [isDue, setDue] = useState(false)
  const latestDue = useRef(isDue)
  latestDue.current = isDue
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    if (!isDue || isFetching) return
    setDue(false)
    refetch()
  }, [isDue, isFetching, refetch])
  return useCallback(() => {
    if (latestDue.current) return
    // A random delay, because many pages receive the same event.
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined
        setDue(true)
      },
      minDelayMs * (1 + 3 * Math.random()),
    )
  }, [minDelayMs])
}
