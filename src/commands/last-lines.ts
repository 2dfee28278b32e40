import type {pino} from 'pino'

/**
 * Writes all lines that the output holds, and then calls `onWritten`. If a write is in progress, the first call of
 * `flush` only waits for this write. The second call of `flush` writes the remaining lines.
 */
export function writeLastLines(
  output: Pick<ReturnType<typeof pino.destination>, 'flush'>,
  onWritten: () => void,
): void {
  output.flush(() => output.flush(onWritten))
}
