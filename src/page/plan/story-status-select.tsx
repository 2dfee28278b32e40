/** Shows the status of a story. Members can change the status here. */
import type {Story, StoryStatus} from '../../client/client.ts'
import {useSentChanges} from '../parts/sent-changes.ts'
import {storyStatuses, storyStatusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import type {ActStory} from '../undo/act.ts'
import {useRecordAct} from '../undo/record-act.tsx'

interface StoryStatusSelectProps {
  story: ActStory
}

export function StoryStatusSelect({story}: StoryStatusSelectProps) {
  const {id, title} = story
  const {api, me} = useSession()
  const record = useRecordAct()
  const {confirmed, pending, change} = useSentChanges<ActStory, StoryStatus>(story, (status, turn) => {
    const params = {id}
    const send = (ifMatch?: number) => api.call('PUT /stories/{id}/status', {params, body: {status}, ifMatch})
    const made = turn.then(newest =>
      import('../undo/exact-change.ts').then(
        ({changeExactly}) =>
          changeExactly<ActStory, Story>(newest(), send, () => api.call('GET /stories/{id}', {params})),
        // The code could not be loaded. The change matters more than its undo.
        async () => ({before: undefined, after: await send()}),
      ),
    )
    record(made.then(({before, after}) => before && {kind: 'story', before, after, fields: ['status']}))
    return made.then(({after}) => after)
  })
  const status = pending.at(-1) ?? confirmed.status

  return (
    <select
      className="pill-select"
      aria-label={`Story status: ${title}`}
      data-status={status}
      value={status}
      disabled={me.role === 'viewer'}
      onChange={event => change(event.currentTarget.value as StoryStatus, title)}
    >
      {storyStatuses.map(status => (
        <option key={status} value={status}>
          {storyStatusLabels[status]}
        </option>
      ))}
    </select>
  )
}
