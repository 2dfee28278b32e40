/**
 * Limits the number of unfinished lists. An unfinished list is in memory until its client has received the whole list.
 */
import type {ServerResponse} from 'node:http'
import {Problem} from '../board/problem.ts'

/** How long requests wait. Default: without a limit. */
export interface MaxWait {
  /** Milliseconds. */
  ms: number
  /** Returns the error that a request gets after this time. */
  problem: () => Problem
}

/**
 * Returns a function that a request awaits before the request reads a list. At most `perKey` requests with the same key,
 * for example the id of a member, proceed at the same time. The others wait until the response to an earlier one is closed.
 * Waiting requests proceed in the order of arrival. When the client of a waiting request disconnects, throws Problem
 * 'invalid-request'. When a request waits too long, throws the problem of `maxWait`.
 */
export function limitUnfinished(
  perKey: number,
  maxWait?: MaxWait,
): (key: string, res: Pick<ServerResponse, 'closed' | 'once'>) => Promise<void> {
  const unfinished = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()

  /** When a response is closed, the next waiting request with the key proceeds. */
  function release(key: string): void {
    const callers = waiting.get(key)
    const next = callers?.shift()
    if (callers?.length === 0) waiting.delete(key)
    if (next) {
      next()
      return
    }
    const count = unfinished.get(key)! - 1
    if (count === 0) unfinished.delete(key)
    else unfinished.set(key, count)
  }

  function waitForPlace(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const callers = waiting.get(key) ?? []
      const proceed = () => {
        clearTimeout(timer)
        resolve()
      }
      const leave = ({problem}: MaxWait) => {
        callers.splice(callers.indexOf(proceed), 1)
        if (callers.length === 0) waiting.delete(key)
        reject(problem())
      }
      const timer = maxWait && setTimeout(leave, maxWait.ms, maxWait)
      callers.push(proceed)
      waiting.set(key, callers)
    })
  }

  return async (key, res) => {
    const count = unfinished.get(key) ?? 0
    if (count < perKey) unfinished.set(key, count + 1)
    else await waitForPlace(key)
    if (!res.closed) {
      res.once('close', () => release(key))
      return
    }
    release(key)
    throw new Problem('invalid-request', 'The client closed the connection.')
  }
}
