/** What a browser tells of its page: that it wakes, hides, and loses or finds the network. */

/** By the names of the browser's own events, on the window or the document. */
export interface PageListener {
  /** The network is there again: what was open before is most likely dead. */
  online(): void
  offline(): void
  /** The page thaws, comes to sight or leaves it: what it has open may be dead. */
  resume(): void
  visibilitychange(): void
  /** The page is left. It may be kept (bfcache) if it holds no connection. */
  pagehide(): void
  /** The page is there, perhaps again. */
  pageshow(): void
}

/** Listens until the signal aborts. Without a page it does nothing. */
export function watchPage(signal: AbortSignal, listener: PageListener): void {
  // Capture: what is dispatched on the document passes the window on its way, whether it bubbles or not.
  const options = {signal, capture: true}
  if (!globalThis.document) return
  for (const [type, handle] of Object.entries(listener)) addEventListener(type, handle, options)
}
