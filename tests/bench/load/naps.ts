/**
 * When a reader on the server's machine waits for data, each write of the server must also wake the reader.
 * Waking the reader costs several times as much as the write. A real server does not have this cost, because
 * its readers are on other machines. To avoid the cost, this process sleeps for a moment and then reads all
 * data that has arrived.
 */

const napMs = 1
const napping = new Int32Array(new SharedArrayBuffer(4))

/** Starts to sleep between reads. Returns a function that stops the sleeping. */
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
