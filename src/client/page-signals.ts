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

/** Listens until the returned function is called; where there is no page, to nothing. */
export function watchPage(listener: PageListener): () => void {
  const stop = new AbortController()
  // Capture: what is dispatched on the document passes the window on its way, whether it bubbles or not.
  const options = {signal: stop.signal, capture: true}
  if (globalThis.document) {
    for (const [type, handle] of Object.entries(listener)) addEventListener(type, handle, options)
  }
  return () => stop.abort()
}
