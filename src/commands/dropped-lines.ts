/** Counts the log lines that are dropped because the program that reads the log is too slow. */
import type {Logger} from 'pino'

/** The part of pino's destination that this file uses. */
interface LogOutput {
  /** `drop` is emitted for each dropped line. `drain` is emitted when all waiting lines have been written. */
  on(event: 'drop' | 'drain', listener: () => void): unknown
}

/**
 * Logs the number of dropped lines as soon as lines can be written again. Returns a function that returns the number of
 * all dropped lines.
 */
export function reportDroppedLines(output: LogOutput, log: Logger): () => number {
  let dropped = 0
  let total = 0
  output.on('drop', () => {
    dropped++
    total++
  })
  output.on('drain', () => {
    if (dropped === 0) return
    const lines = dropped
    dropped = 0
    log.warn({lines}, 'log lines were dropped, because the program that reads the log is too slow')
  })
  return () => total
}
