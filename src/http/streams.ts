/** What a request for a stream says: which events, from where, in which framing. */
import {z} from 'zod'
import {eventTypes, type Topic, topics} from '../board/events.ts'
import {id} from '../board/fields.ts'
import type {Framing} from '../live/frames.ts'
import type {Selection} from '../live/selection.ts'

const ids = z.array(id).min(1).optional()
const framing = z.enum(['event', 'message']).default('event')

/** Parameters of a stream of one topic. Each id may repeat; `types` is a comma list. */
export const streamQuery = z.strictObject({
  project_id: ids,
  sprint_id: ids,
  story_id: ids,
  task_id: ids,
  types: commaList(eventTypes).optional(),
  framing,
  lastEventId: z.string().optional(),
})

/** The same, for several topics on one connection. */
export const combinedStreamQuery = streamQuery.extend({topics: commaList(topics)})

export interface StreamQuery {
  selection: Omit<Selection, 'user_id'>
  framing: Framing
  lastEventId?: string
}

function commaList<const T extends readonly [string, ...string[]]>(values: T) {
  return z
    .string()
    .transform(list => list.split(','))
    .pipe(z.array(z.enum(values)).min(1))
}
