/** Publishes live events (ticks) at even intervals. A tick contains the time at which the tick was due. */
import {sharedClock} from '../clock.ts'
import {formatRequest} from '../requests.ts'
import type {RunningApp} from './app.ts'
import {openFeed} from './feeds.ts'

/** The data of a tick: the time at which the tick was due, on the shared clock. */
export interface Tick {
  due: number
}

export interface Ticker {
  /** The request that opens a stream of ticks. */
  request: string
  /** Starts the ticks at the given interval in milliseconds. A reader must already be connected. */
  start(milliseconds: number): void
}

export async function prepareTicker(app: RunningApp): Promise<Ticker> {
  const token = await app.tokenFor('listener', 'ticker')
  const feed = await openFeed(app, token)
  return {
    request: formatRequest('GET', '/events/tasks', token),
    start(milliseconds) {
      let due = sharedClock()
      setInterval(() => {
        const now = sharedClock()
        if (now < due) return
        feed.publish(JSON.stringify({due} satisfies Tick))
        while (due <= now) due += milliseconds
      }, 1)
    },
  }
}
