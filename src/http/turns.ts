/** Spreads work over several turns of the event loop, in the order of arrival. */

/**
 * Returns a function that callers await before they proceed. At most `perTurn` callers proceed in each turn of the
 * event loop. All other callers wait for a later turn. Other work runs between the turns.
 */
export function limitPerTurn(perTurn: number): () => Promise<void> {
  const waiting: (() => void)[] = []
  let admitted = 0

  function admit(): void {
    if (admitted++ === 0) setImmediate(startTurn)
  }

  function startTurn(): void {
    admitted = 0
    for (const resolve of waiting.splice(0, perTurn)) {
      admit()
      resolve()
    }
  }

  return async () => {
    // Callers that are already waiting proceed before a new caller.
    if (admitted < perTurn && waiting.length === 0) admit()
    else await new Promise<void>(resolve => waiting.push(resolve))
  }
}
