/** Live events at even intervals, each with the time at which it was due: late ones tell what held them up. */
import {sharedClock} from '../clock.ts'
import {formatRequest} from '../requests.ts'
import type {RunningApp} from './app.ts'
import {openFeed} from './feeds.ts'

/** What the data of a tick holds: when it was due, by the shared clock. */
export interface Tick {
  due: number
}

export interface Ticker {
  /** What opens a stream of the ticks. */
  request: string
  /** Ticks every so many milliseconds, from now on: somebody must listen already. */
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
