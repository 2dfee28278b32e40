/** Measures the cost of opening many streams at the same time. */
import {setTimeout as delay} from 'node:timers/promises'
import type {OpenRequest} from '../load/readers.ts'
import type {Pair} from '../processes.ts'

/** All values are in seconds. */
export interface Opening {
  /** The time until all streams are ready. */
  time: number
  serverCpu: number
  loadCpu: number
}

/** Opens the streams, and leaves them open. */
export async function measureOpening(
  {server: {port, child}, load}: Pair,
  request: Omit<OpenRequest, 'port'>,
): Promise<Opening> {
  const [serverBefore, loadBefore] = [await child.call('cpu'), await load.call('cpu')]
  const milliseconds = await load.call('open', {port, ...request})
  const [serverAfter, loadAfter] = [await child.call('cpu'), await load.call('cpu')]
  return {
    time: milliseconds / 1000,
    serverCpu: (serverAfter - serverBefore) / 1e6,
    loadCpu: (loadAfter - loadBefore) / 1e6,
  }
}

const pauseMs = 1000 // enough time for the server to close the readers' streams

export async function closeAll({load}: Pair): Promise<void> {
  await load.call('close')
  await delay(pauseMs)
}
