import {useEffect, useState} from 'react'
import {localDay} from './format.ts'

const refreshIntervalMs = 30_000

/**
 * Returns the time in milliseconds since 1970. The time is updated twice a minute, so that relative times stay correct.
 */
export function useNow(): number {
  return useCurrent(Date.now)
}

/** Returns the calendar day in the time zone of the browser, such as `2026-01-31`. The component renders again at midnight. */
export function useToday(): string {
  return useCurrent(today)
}

function today(): string {
  return localDay(new Date())
}

/** `read` must be the same function at every render. */
function useCurrent<T>(read: () => T): T {
  const [value, setValue] = useState(read)
  useEffect(() => {
    const timer = setInterval(() => setValue(read), refreshIntervalMs)
    return () => clearInterval(timer)
  }, [read])
  return value
}
