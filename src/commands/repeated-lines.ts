/** Writes a warning that repeats many times a second only once a second, with the number of repetitions. */
import type {LogFn, Logger} from 'pino'

const intervalMs = 1_000
const maxKeys = 1_000 // further different warnings are written without a limit, so that the memory is bounded
const warn = 40
const fatal = 60

interface Repeated {
  count: number
  write: (count: number) => void
}

/** Returns the hook `logMethod` of pino. */
export function limitRepeatedLines(afterMs = intervalMs) {
  const recent = new Map<string, Repeated>()
  return function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
    const [first, second] = args as unknown as [object | string, string | undefined]
    const fields: {err?: Error; worker?: number} = typeof first === 'string' ? {} : first
    const message = typeof first === 'string' ? first : second
    // Each request has a line of its own.
    const isLimited = level >= warn && level < fatal && message !== undefined && message !== 'request'
    // Two workers that end at the same time are two facts.
    const key = `${level} ${message} ${fields.worker ?? ''} ${fields.err?.message ?? ''}`
    const repeated = recent.get(key)
    if (isLimited && repeated) {
      repeated.count++
      repeated.write = count => method.call(this, {...fields, repeated: count}, message)
      return
    }
    method.apply(this, args)
    if (!isLimited || recent.size >= maxKeys) return
    recent.set(key, {count: 0, write: () => {}})
    setTimeout(() => {
      const {count, write} = recent.get(key)!
      recent.delete(key)
      if (count > 0) write(count)
    }, afterMs).unref()
  }
}
