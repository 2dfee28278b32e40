/** Listens to browser events that report changes of the page and of the network. */

/** Each method has the name of an event of the window or the document. */
export interface PageListener {
  /** The network is available again. A connection that was open before the outage is most likely dead. */
  online(): void
  offline(): void
  /** The page was frozen and runs again now. An open connection may be dead. */
  resume(): void
  visibilitychange(): void
  /**
   * The user leaves the page. The browser can keep the page in its back/forward cache (bfcache) only if the page has no
   * open connection.
   */
  pagehide(): void
  /** The page is shown, either for the first time or from the bfcache. */
  pageshow(): void
}

/** Listens until the signal aborts. Does nothing when there is no page, for example in Node. */
export function watchPage(signal: AbortSignal, listener: PageListener): void {
  // With `capture`, the window also receives those events of the document that do not bubble.
  if (!globalThis.document) return
  for (const type in listener)
    addEventListener(type, listener[type as keyof PageListener], {signal, capture: true})
}
