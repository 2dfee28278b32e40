import {applyPresence, nobodyPresent, type Presence} from '../../src/board/apply-presence.ts'
import type {Stream} from './stream.ts'

/** Returns the presence that a client of the stream knows. Default: of all sprints, for a stream of one sprint. */
export function presenceOn({received}: Stream, sprintId?: string): Presence {
  return received
    .filter(({data}) => data?.type.startsWith('presence.') && [undefined, data.sprint_id].includes(sprintId))
    .reduce((presence, {data}) => applyPresence(presence, data), nobodyPresent)
}

/** Returns the names of the present members, sorted. */
export function namesOn(stream: Stream): string[] {
  return presenceOn(stream)
    .members.map(({name}) => name)
    .sort()
}

/** Resolves when the client of the stream knows that exactly these members are present. */
export function waitForNames(stream: Stream, ...names: string[]): Promise<void> {
  return stream.waitUntil(() => namesOn(stream).join() === [...names].sort().join())
}
