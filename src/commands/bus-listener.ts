import type {BusListener} from '../bus/bus.ts'
import type {Live} from '../live/live.ts'
import {Durations, deliveryBounds} from '../metrics/durations.ts'
import type {Appended} from '../store/event-log.ts'

/** What the bus has received since the start of the process. */
export class BusCounts {
  /** Announcements of changes of other processes. */
  announcements = 0
  /** How often the bus has connected. */
  connections = 0
  /**
   * From the timestamp of a change to the arrival of its announcement. The timestamp is from the clock of the other
   * process, and is taken before the commit. So the lag includes the commit and the difference of the clocks. A negative
   * lag counts as 0.
   */
  readonly lag = new Durations(deliveryBounds)

  add({records}: Appended): void {
    this.announcements++
    const timestamp = timestampOf(records.at(-1)?.data)
    if (timestamp !== undefined) this.lag.add((Date.now() - timestamp) / 1_000)
  }
}

/** Returns a listener that passes the announcements of other processes to the live engine of this process. */
export function busListenerOf(live: Live, counts = new BusCounts()): BusListener {
  return {
    onAppended(organizationId, appended, trace) {
      counts.add(appended)
      live.publish(organizationId, appended, trace)
    },
    onPresence: live.receivePresence,
    onGap(organizationId) {
      if (organizationId === undefined) counts.connections++
      live.checkLogs(organizationId)
      live.refreshPresence(organizationId)
    },
  }
}

/** Returns the timestamp of the event in milliseconds since 1970. Parsing the whole event would take longer. */
function timestampOf(data = ''): number | undefined {
  const [, timestamp] = /"timestamp":"([^"]{20,30})"/.exec(data.slice(0, maxOffset)) ?? []
  const time = timestamp ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

const maxOffset = 200 // the timestamp is one of the first fields of an event
