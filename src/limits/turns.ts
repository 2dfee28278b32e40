/** Spreads work over several turns of the event loop, in the order of arrival. */

/**
 * Returns a function that callers await before they proceed. At most `perTurn` callers proceed in each turn of the
 * event loop. All other callers wait for a later turn. Other work runs between the turns.
 */
export function limitPerTurn(perTurn: number): () => Promise<void> {
  const waitForTurn = limitPerTurnAndGroup(perTurn)
  return () => waitForTurn('')
}

/**
 * Like `limitPerTurn`, but each group has a limit of its own: the callers of one group do not delay the callers of
 * another group.
 */
export function limitPerTurnAndGroup(perTurn: number): (group: string) => Promise<void> {
  const waiting = new Map<string, (() => void)[]>()
  const admitted = new Map<string, number>()

  function admit(group: string, count: number): void {
    if (admitted.size === 0) setImmediate(startTurn)
    admitted.set(group, (admitted.get(group) ?? 0) + count)
  }

  function startTurn(): void {
    admitted.clear()
    for (const [group, callers] of waiting) {
      const next = callers.splice(0, perTurn)
      if (callers.length === 0) waiting.delete(group)
      admit(group, next.length)
      for (const resolve of next) resolve()
    }
  }

  return async group => {
    const callers = waiting.get(group)
    if (callers) await new Promise<void>(resolve => callers.push(resolve))
    else if ((admitted.get(group) ?? 0) < perTurn) admit(group, 1)
    else await new Promise<void>(resolve => waiting.set(group, [resolve]))
  }
}
