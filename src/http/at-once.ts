/**
 * Returns a function that does work, at most `atOnce` times at the same time. All other work waits for its turn, in the
 * order of the calls.
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
      // The next caller takes over the place of this caller.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
