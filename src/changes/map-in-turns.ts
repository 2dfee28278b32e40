import {setImmediate as nextTurn} from 'node:timers/promises'

const itemsPerTurn = 500 // about 5 ms of work, if `map` makes an event from a task

/**
 * Returns the results of `map`, like `Array.prototype.map`. Spreads the calls over several turns of the event loop, so
 * that thousands of items do not block the event loop.
 */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) {
    if (results.length > 0 && results.length % itemsPerTurn === 0) await nextTurn()
    results.push(map(item, results.length))
  }
  return results
}
