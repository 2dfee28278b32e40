import type {BusListener} from '../bus/bus.ts'
import type {Live} from '../live/live.ts'

/** Returns a listener that passes the announcements of other processes to the live engine of this process. */
export function busListenerOf(live: Live): BusListener {
  return {
    onAppended: live.publish,
    onPresence: live.receivePresence,
    onGap(organizationId) {
      live.checkLogs(organizationId)
      live.refreshPresence(organizationId)
    },
  }
}
