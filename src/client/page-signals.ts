/** What a browser tells of its page: that it wakes, hides, and loses or finds the network. */

export interface PageListener {
  /** The page shows itself again, or thaws: what it has open may be dead. */
  wake(): void
  /** The network is there again: what was open before is most likely dead. */
  online(): void
  offline(): void
  /** The page is left. It may be kept (bfcache) if it holds no connection. */
  hide(): void
  /** A kept page is there again. */
  show(): void
}

/** Listens until the returned function is called; where there is no page, to nothing. */
export function watchPage(listener: PageListener): () => void {
  if (!globalThis.document) return () => {}
  const stop = new AbortController()
  const {signal} = stop
  addEventListener('online', listener.online, {signal})
  addEventListener('offline', listener.offline, {signal})
  addEventListener('pagehide', listener.hide, {signal})
  addEventListener('pageshow', ({persisted}) => (persisted ? listener.show() : listener.wake()), {signal})
  document.addEventListener('resume', listener.wake, {signal})
  document.addEventListener('visibilitychange', () => document.hidden || listener.wake(), {signal})
  return () => stop.abort()
}
