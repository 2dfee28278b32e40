/** Scenarios in which the process of the server is killed and started again. Each scenario runs once in a run. */
import type {Context} from '../context.ts'
import {ResumingReader} from '../resuming-reader.ts'

export interface Restart {
  received: string[]
  expected: string[]
  /** Whether the server told the reader after the restart that events are missing. */
  toldGap: boolean
}

/**
 * A reader receives 10 events, and misses 10 events. Then the server is killed and started again, and publishes 5 more
 * events. The reader reconnects.
 */
export async function restartAfterKill(context: Context): Promise<Restart> {
  const {process} = context.target
  const reader = new ResumingReader(context)
  await reader.connect()
  const [seen, missed, later] = [context.texts(10), context.texts(10), context.texts(5)]
  await context.publish(...seen)
  await reader.waitFor(seen.at(-1)!)
  reader.cut()
  const other = await context.live({lastEventId: reader.lastEventId})
  await context.publish(...missed)
  await context.receive(other, missed.at(-1)!)

  await process!.kill()
  await process!.start()

  const seenBefore = reader.events.length
  await reader.connect()
  await context.publish(...later)
  await reader.waitFor(later.at(-1)!)
  const {isGap = () => false} = context.resume
  return {
    received: context.publishedTexts(reader),
    expected: [...seen, ...missed, ...later],
    toldGap: reader.events.slice(seenBefore).some(event => isGap(event)),
  }
}

/** Returns the ids of five events before a kill of the process, and the ids of five events after this kill. */
export async function idsAroundKill(context: Context): Promise<[string[], string[]]> {
  const {process} = context.target
  // After a start, a server that counts in memory begins with the first number.
  await process!.kill()
  await process!.start()
  const before = await context.publishWithIds(context.texts(5))
  await process!.kill()
  await process!.start()
  return [before, await context.publishWithIds(context.texts(5))]
}

export interface BurstRestart {
  received: string[]
  acknowledged: string[]
  /** The events whose publication failed. Such an event may have been stored. */
  unacknowledged: string[]
}

/** The server is killed while events are published. The events after the restart follow on the same reader. */
export async function restartDuringBurst(context: Context): Promise<BurstRestart> {
  const {process} = context.target
  const reader = new ResumingReader(context)
  await reader.connect()
  const acknowledged: string[] = []
  const unacknowledged: string[] = []
  const texts = context.texts(500)
  let isKilled = false
  const burst = (async () => {
    for (const text of texts) {
      if (isKilled) return
      try {
        await context.publish(text)
        acknowledged.push(text)
      } catch {
        unacknowledged.push(text)
        return
      }
    }
  })()
  await reader.waitForCount(30)
  await process!.kill()
  isKilled = true
  await burst
  reader.cut()
  await process!.start()
  await reader.connect()
  const last = context.text('last')
  await context.publish(last)
  acknowledged.push(last)
  await reader.waitFor(last)
  return {received: context.publishedTexts(reader), acknowledged, unacknowledged}
}
