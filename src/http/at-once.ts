/**
 * Returns a function that runs the given work. At most `atOnce` calls run their work at the same time. All other calls
 * wait, and start in the order of the calls. When the signal of a waiting call aborts, the call throws the reason of the
 * signal, and its work never starts.
 */
export function limitAtOnce(atOnce: number): <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0

  function waitForPlace(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(start), 1)
        reject(signal!.reason)
      }
      waiting.push(start)
      signal?.addEventListener('abort', leave, {once: true})
    })
  }

  return async (work, signal) => {
    signal?.throwIfAborted()
    if (running >= atOnce) await waitForPlace(signal)
    else running++
    try {
      return await work()
    } finally {
      // When this work has ended, the next waiting call starts its work.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
