/** Plans the faults of a run. The same seed produces the same plan. */
import type {FaultKind} from './faults.ts'
import type {Random} from './random.ts'

export interface PlannedFault {
  kind: FaultKind
  /** Milliseconds from the start of the run. */
  atMs: number
  lastsMs: number
  server: 0 | 1
  seed: number
}

const firstAtMs = 500
const stepMs = 250 // when no kind of fault fits, the planner tries again `stepMs` later

/**
 * Returns the faults in the order of their start. All faults end within `seconds`. Kinds that the plan does not
 * contain yet are preferred. Faults that use the same part of the system do not overlap.
 */
export function planFaults(
  random: Random,
  seconds: number,
  kinds: readonly FaultKind[],
  pauseMs: readonly [least: number, most: number] = [500, 2_500],
): PlannedFault[] {
  const endMs = seconds * 1_000
  const possible = kinds.filter(({lastsMs: [, most]}) => firstAtMs + most < endMs)
  const planned: PlannedFault[] = []
  const freeAtMs = new Map<string, number>()
  // At the start, `left` contains all possible kinds. The kinds with long faults come first, because long faults would
  // not fit later.
  let left = random.shuffled(possible).sort((one, other) => rank(other) - rank(one))
  for (let atMs = firstAtMs; atMs < endMs; ) {
    const others = random.shuffled(possible.filter(kind => !left.includes(kind)))
    const fault = [...left, ...others]
      .map((kind): PlannedFault => {
        const server = random.chance(0.5) ? 1 : 0
        const lastsMs = random.between(...kind.lastsMs)
        return {kind, atMs, lastsMs, server, seed: Math.floor(random.next() * 2 ** 32)}
      })
      .find(
        ({kind, server, lastsMs}) =>
          atMs + lastsMs < endMs && kind.uses(server).every(part => (freeAtMs.get(part) ?? 0) <= atMs),
      )
    if (!fault) {
      atMs += stepMs
      continue
    }
    planned.push(fault)
    for (const part of fault.kind.uses(fault.server)) freeAtMs.set(part, atMs + fault.lastsMs + stepMs)
    left = left.filter(kind => kind !== fault.kind)
    if (left.length === 0) left = random.shuffled(possible)
    atMs += random.between(...pauseMs)
  }
  return planned
}

const longMs = 20_000

function rank({lastsMs: [least]}: FaultKind): number {
  return least > longMs ? 1 : 0
}
