import type {Live} from '../../src/live/live.ts'
import {until} from './until.ts'

/**
 * Resolves when this number of streams and polls is open, and has started at the present head of the log. A stream that
 * opens reads the head, and does not deliver what is committed before this read.
 */
export async function streamsAreLive({live}: {live: Live}, organizationId: string, count = 1): Promise<void> {
  await until(() => live.stats().streams === count)
  await until(() => live.followedSince(organizationId) !== undefined)
}
