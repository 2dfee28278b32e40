/** Spreads work over several turns of the event loop, in the order of arrival. */

/**
 * Returns a function that resolves when its caller may proceed. While fewer than `perTurn` callers have proceeded in
 * this turn, the function resolves immediately. Otherwise, the function resolves in a later turn. Other work runs
 * between the turns.
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
