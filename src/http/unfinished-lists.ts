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
 * Returns a function that a request awaits before the request reads a list. At most `perMember` requests of one member
 * proceed at the same time. The other requests of the member wait until the response to an earlier request is closed.
 * Waiting requests proceed in the order of arrival. When the client of a waiting request disconnects, throws Problem
 * 'invalid-request'. When a request waits too long, throws the problem of `maxWait`.
 */
export function limitUnfinished(
  perMember: number,
  maxWait?: MaxWait,
): (member: string, res: Pick<ServerResponse, 'closed' | 'once'>) => Promise<void> {
  const unfinished = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()

  /** When a response is closed, the next waiting request of the member proceeds. */
  function release(member: string): void {
    const callers = waiting.get(member)
    const next = callers?.shift()
    if (callers?.length === 0) waiting.delete(member)
    if (next) {
      next()
      return
    }
    const count = unfinished.get(member)! - 1
    if (count === 0) unfinished.delete(member)
    else unfinished.set(member, count)
  }

  function waitForPlace(member: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const callers = waiting.get(member) ?? []
      const proceed = () => {
        clearTimeout(timer)
        resolve()
      }
      const leave = ({problem}: MaxWait) => {
        callers.splice(callers.indexOf(proceed), 1)
        if (callers.length === 0) waiting.delete(member)
        reject(problem())
      }
      const timer = maxWait && setTimeout(leave, maxWait.ms, maxWait)
      callers.push(proceed)
      waiting.set(member, callers)
    })
  }

  return async (member, res) => {
    const count = unfinished.get(member) ?? 0
    if (count < perMember) unfinished.set(member, count + 1)
    else await waitForPlace(member)
    if (!res.closed) {
      res.once('close', () => release(member))
      return
    }
    release(member)
    throw new Problem('invalid-request', 'The client closed the connection.')
  }
}
