/**
 * Returns a function that runs the given work. At most `atOnce` calls run their work at the same time. All other calls
 * wait, and start in the order of the calls.
 */
export function limitAtOnce(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async work => {
    if (running >= atOnce) await new Promise<void>(resolve => waiting.push(resolve))
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
