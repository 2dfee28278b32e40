/** Runs the live engine in a separate process, so that `slow-reader.test.ts` can measure the memory of the engine. */

import {openStore} from '../../src/store/connection.ts'
import {appendEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {startLiveServer} from '../helpers/live-server.ts'
import {createOrganization} from '../helpers/organization.ts'

export type Order = {commit: number} | 'measure'
export interface Answer {
  stats: {behind: number; timesBehind: number}
  /** The size of heap and external memory in bytes, after garbage collection. */
  bytes: number
}

const gc = globalThis.gc!
const answer = (message: Answer | {url: string} | {committed: number}) => process.send!(message)
const store = await openStore({url: process.env.DATABASE_URL!})
const {ada} = await createOrganization(store.db, {ada: 'member'})
const server = await startLiveServer(store.db)
const facts = {timestamp: new Date().toISOString(), actor_user_id: newId(), project_id: newId(), version: 1}
const event = {
  ...facts,
  type: 'task.started',
  story_id: newId(),
  task_id: newId(),
  padding: 'x'.repeat(3_700),
} as const

process.on('message', async (order: Order) => {
  if (order !== 'measure') {
    await commit(order.commit)
    return answer({committed: order.commit})
  }
  // The objects that the first collection frees may refer to other memory. The second collection frees this other
  // memory.
  gc()
  gc()
  const {heapUsed, external} = process.memoryUsage()
  answer({stats: server.live.stats(), bytes: heapUsed + external})
})
process.on('disconnect', () => process.exit())
answer({url: server.urlOf({organizationId: ada.organization_id})})

async function commit(count: number): Promise<void> {
  const events = Array(count).fill({event})
  const appended = await store.db
    .transaction()
    .execute(trx => appendEvents(trx, ada.organization_id, facts.timestamp, events))
  server.live.publish(ada.organization_id, appended)
}
