/**
 * Readers on the same machine that wait for every byte would have the server wake them with every write, at several
 * times the price of the write; those of real life are far away. So this process sleeps a moment before it reads
 * what has come meanwhile.
 */

const napLength = 1 // milliseconds
const napping = new Int32Array(new SharedArrayBuffer(4))

/** Until the function that it answers is called. */
export function napBetweenReads(): () => void {
  let isRunning = true
  const nap = () => {
    Atomics.wait(napping, 0, 0, napLength)
    if (isRunning) setImmediate(nap)
  }
  nap()
  return () => {
    isRunning = false
  }
}
