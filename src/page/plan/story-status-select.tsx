/** Shows the status of a story. Members can change the status here. */
import type {Story, StoryStatus} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {failureText, storyStatuses, storyStatusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import type {ActStory} from '../undo/act.ts'
import {useRecordAct} from '../undo/record-act.tsx'

interface StoryStatusSelectProps {
  story: ActStory
}

export function StoryStatusSelect({story}: StoryStatusSelectProps) {
  const {id, title, status} = story
  const {api, me} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()

  function setStatus(status: StoryStatus) {
    const params = {id}
    const send = (ifMatch?: number) => api.call('PUT /stories/{id}/status', {params, body: {status}, ifMatch})
    const change = import('../undo/exact-change.ts').then(
      ({changeExactly}) =>
        changeExactly<ActStory, Story>(story, send, () => api.call('GET /stories/{id}', {params})),
      // The code could not be loaded. The change matters more than its undo.
      async () => ({before: undefined, after: await send()}),
    )
    record(change.then(({before, after}) => before && {kind: 'story', before, after, fields: ['status']}))
    change.catch(error => showWarning(failureText(error, title)))
  }

  return (
    <select
      className="pill-select"
      aria-label={`Story status: ${title}`}
      data-status={status}
      value={status}
      disabled={me.role === 'viewer'}
      onChange={event => setStatus(event.currentTarget.value as StoryStatus)}
    >
      {storyStatuses.map(status => (
        <option key={status} value={status}>
          {storyStatusLabels[status]}
        </option>
      ))}
    </select>
  )
}
