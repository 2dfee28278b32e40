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
  const on = (target: EventTarget, type: string, handle: (event: Event) => void) =>
    target.addEventListener(type, handle, {signal: stop.signal})
  on(window, 'online', () => listener.online())
  on(window, 'offline', () => listener.offline())
  on(window, 'pagehide', () => listener.hide())
  on(window, 'pageshow', event =>
    (event as PageTransitionEvent).persisted ? listener.show() : listener.wake(),
  )
  on(document, 'resume', () => listener.wake())
  on(document, 'visibilitychange', () => {
    if (!document.hidden) listener.wake()
  })
  return () => stop.abort()
}
