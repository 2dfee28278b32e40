/** Listens to browser events: the page wakes or hides, or the network is lost or returns. */

/** Each method has the name of an event of the window or the document. */
export interface PageListener {
  /** The network is back. A connection that was open before is most likely dead. */
  online(): void
  offline(): void
  /** The page was frozen and resumes. An open connection may be dead. */
  resume(): void
  visibilitychange(): void
  /** The user leaves the page. The browser keeps it (bfcache) only if it holds no connection. */
  pagehide(): void
  /** The page is shown, either for the first time or from the bfcache. */
  pageshow(): void
}

/** Listens until the signal aborts. Does nothing when there is no page, as in Node. */
export function watchPage(signal: AbortSignal, listener: PageListener): void {
  // With `capture`, the window also receives those events of the document that do not bubble.
  const options = {signal, capture: true}
  if (!globalThis.document) return
  for (const [type, handle] of Object.entries(listener)) addEventListener(type, handle, options)
}
