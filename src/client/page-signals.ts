/** The events by which a browser reports that a page wakes, hides, or loses or finds the network. */

/** The names are those of the browser's events on the window and the document. */
export interface PageListener {
  /** The network is back. A connection that was open before is most likely dead. */
  online(): void
  offline(): void
  /** The page resumes from frozen, or its visibility changes. An open connection may be dead. */
  resume(): void
  visibilitychange(): void
  /** The user leaves the page. The browser keeps it (bfcache) only if it holds no connection. */
  pagehide(): void
  /** The page is shown, for the first time or from the bfcache. */
  pageshow(): void
}

/** Listens until the signal aborts. Without a page it does nothing. */
export function watchPage(signal: AbortSignal, listener: PageListener): void {
  // With capture, the window also receives the events of the document, whether they bubble or not.
  const options = {signal, capture: true}
  if (!globalThis.document) return
  for (const [type, handle] of Object.entries(listener)) addEventListener(type, handle, options)
}
