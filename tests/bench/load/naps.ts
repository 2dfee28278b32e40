/**
 * When a reader on the same machine waits for every byte, each write of the server also wakes the reader, which costs
 * several times as much as the write. Real readers are on other machines. So this process sleeps for a moment, then reads
 * what has arrived in the meantime.
 */

const napMs = 1
const napping = new Int32Array(new SharedArrayBuffer(4))

/** Returns a function that stops the naps. */
export function napBetweenReads(): () => void {
  let isRunning = true
  const nap = () => {
    Atomics.wait(napping, 0, 0, napMs)
    if (isRunning) setImmediate(nap)
  }
  nap()
  return () => {
    isRunning = false
  }
}
