/**
 * Commits events at even intervals. This process does not publish the events. Therefore every server finds the events
 * only by a poll of the log. Without a bus, a server finds the events of another process in the same way.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {formatCursor} from '../../../src/board/cursor.ts'
import {commitChange} from '../../../src/changes/commit-change.ts'
import {releaseTask} from '../../../src/changes/release-task.ts'
import {takeTask} from '../../../src/changes/take-task.ts'
import {createBoard} from '../../helpers/organization.ts'
import {sharedClock} from '../clock.ts'
import type {RunningApp} from './app.ts'

export interface Committed {
  /** The id that a stream sends for the event. */
  id: string
  /** The time on the shared clock at which the commit was complete. */
  at: number
}

/** Starts to commit. Returns a list that grows by one event at each commit. */
export async function startCommits(
  {db, identity, tokenFor}: RunningApp,
  organization: string,
  milliseconds: number,
): Promise<readonly Committed[]> {
  const {caller} = await identity.authenticate({token: await tokenFor('worker', organization)})
  const {task} = await createBoard(db, caller)
  const committed: Committed[] = []
  const run = async () => {
    const startedAt = sharedClock()
    for (let count = 0; ; count++) {
      const change = count % 2 === 0 ? takeTask(task.id) : releaseTask(task.id)
      const {cursor} = await commitChange(db, caller, change)
      committed.push({id: formatCursor(cursor), at: sharedClock()})
      await delay(Math.max(0, startedAt + (count + 1) * milliseconds - sharedClock()))
    }
  }
  void run() // an unhandled rejection ends the process
  return committed
}
