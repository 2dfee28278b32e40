import type {ApiClient} from '../../client/api-client.ts'
import type {Story} from '../../client/client.ts'
import {changeExactly} from '../undo/exact-change.ts'
import type {useRecordAct} from '../undo/record-act.tsx'

/**
 * Moves the story to another sprint, or to the backlog with null, and remembers the act at once. The request is sent after
 * `turn`. Default: now.
 */
export function sendStoryMove(
  api: ApiClient,
  record: ReturnType<typeof useRecordAct>,
  {id, version, sprint_id}: Pick<Story, 'id' | 'version' | 'sprint_id'>,
  toSprintId: string | null,
  turn: Promise<unknown> = Promise.resolve(),
) {
  const params = {id}
  const change = turn.then(() =>
    changeExactly<Pick<Story, 'version' | 'sprint_id'>, Story>(
      {version, sprint_id},
      ifMatch => api.call('PATCH /stories/{id}', {params, body: {sprint_id: toSprintId}, ifMatch}),
      () => api.call('GET /stories/{id}', {params}),
    ),
  )
  record(
    change.then(
      ({before, after}) =>
        before && {kind: 'story', before: {...after, ...before}, after, fields: ['sprint_id']},
    ),
  )
  return change
}
