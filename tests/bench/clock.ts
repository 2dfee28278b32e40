/** Milliseconds since the machine started. All processes of the machine share this clock. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
