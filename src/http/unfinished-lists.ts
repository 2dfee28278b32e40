/**
 * Limits the number of unfinished lists. An unfinished list is in memory until its client has received the whole list.
 */
import type {ServerResponse} from 'node:http'
import {Problem} from '../board/problem.ts'

/**
 * Returns a function that a request awaits before the request reads a list. At most `perMember` requests of one member
 * proceed at the same time. The other requests of the member wait until the response to an earlier request is closed.
 * Waiting requests proceed in the order of arrival. When the client of a waiting request disconnects, throws Problem
 * 'invalid-request'.
 */
export function limitUnfinished(
  perMember: number,
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

  return async (member, res) => {
    const count = unfinished.get(member) ?? 0
    if (count < perMember) unfinished.set(member, count + 1)
    else
      await new Promise<void>(resolve => {
        const callers = waiting.get(member)
        if (callers) callers.push(resolve)
        else waiting.set(member, [resolve])
      })
    if (!res.closed) {
      res.once('close', () => release(member))
      return
    }
    release(member)
    throw new Problem('invalid-request', 'The client closed the connection.')
  }
}
