import type {Logger} from 'pino'
import type {BusListener} from './bus.ts'
import {decodeEnvelope} from './payload.ts'

/**
 * Passes the announcements of another process to the listener. Ignores the envelopes of this process. `ownSender` is
 * the name of this process.
 */
export function receiveEnvelope(text: string, ownSender: string, listener: BusListener, log: Logger): void {
  try {
    const {sender, announcements} = decodeEnvelope(text)
    if (sender === ownSender) return
    for (const announcement of announcements) {
      if ('items' in announcement) listener.onPresence(sender, announcement)
      else {
        const {organizationId, appended, trace} = announcement
        listener.onAppended(organizationId, appended, trace)
      }
    }
  } catch (err) {
    log.warn({err}, 'the bus received an invalid announcement')
  }
}
