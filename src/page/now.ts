import {useEffect, useState} from 'react'

/** The present as milliseconds since 1970, renewed every half minute: so that 'just now' does not stand for ever. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
