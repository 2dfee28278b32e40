/** A few at a time: of those who come at once, so many go on in each turn of the event loop, in the order they came. */

/**
 * Answers a function that says when to go on: at once while the turn has room, else in a later turn. Between the
 * turns, others are served.
 */
export function inTurns(perTurn: number): () => Promise<void> {
  const waiting: (() => void)[] = []
  let gone = 0

  function go(): void {
    if (gone++ === 0) setImmediate(nextTurn)
  }

  function nextTurn(): void {
    gone = 0
    for (const resolve of waiting.splice(0, perTurn)) {
      go()
      resolve()
    }
  }

  return async () => {
    // Nobody overtakes: where some wait, the next turn is theirs.
    if (gone < perTurn && waiting.length === 0) go()
    else await new Promise<void>(resolve => waiting.push(resolve))
  }
}
