/** Starts the bus that the settings select. */
import type {Logger} from 'pino'
import {type Bus, type BusListener, noBus} from './bus.ts'
import {startPostgresBus} from './postgres-bus.ts'
import {startRedisBus} from './redis-bus.ts'

/** How processes announce new events to each other. */
export type BusConfig =
  /** `none` is enough for a single process. With several processes, events of other processes arrive up to 2 s late. */
  | {readonly kind: 'none'}
  /** `url` is DATABASE_URL. */
  | {readonly kind: 'postgres'; readonly url: string}
  /** `url` is REDIS_URL. */
  | {readonly kind: 'redis'; readonly url: string}

/** Connects in the background, because the server also works while the bus has no connection. */
export async function startBus(config: BusConfig, listener: BusListener, log: Logger): Promise<Bus> {
  switch (config.kind) {
    case 'none':
      return noBus
    case 'postgres':
      return startPostgresBus({url: config.url, listener, log})
    case 'redis':
      return startRedisBus({url: config.url, listener, log})
  }
}
