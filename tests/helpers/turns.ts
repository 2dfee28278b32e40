/** Returns the number of turns of the event loop that begin while `work` runs. */
export async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isRunning = true
  const onTurn = () => {
    if (!isRunning) return
    turns++
    setImmediate(onTurn)
  }
  setImmediate(onTurn)
  try {
    await work()
  } finally {
    isRunning = false
  }
  return turns
}
