import {useEffect, useState} from 'react'

const refreshIntervalMs = 30_000

/**
 * Returns the time in milliseconds since 1970. The time is updated twice a minute, so that relative times stay correct.
 */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), refreshIntervalMs)
    return () => clearInterval(timer)
  }, [])
  return now
}
