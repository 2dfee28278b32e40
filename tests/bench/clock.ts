/** Milliseconds since the machine started: the clock that all its processes share. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
