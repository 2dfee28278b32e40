import type {pino} from 'pino'

/**
 * Writes all lines that the output holds, and then calls `onWritten`. If a write is in progress, one `flush` waits only
 * for this write and leaves the later lines, so `flush` is called twice.
 */
export function writeLastLines(
  output: Pick<ReturnType<typeof pino.destination>, 'flush'>,
  onWritten: () => void,
): void {
  output.flush(() => output.flush(onWritten))
}
