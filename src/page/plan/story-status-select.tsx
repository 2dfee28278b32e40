/** Shows the status of a story. Members can change the status here. */
import type {StoryStatus} from '../../client/client.ts'
import {useNotes} from '../parts/notes.tsx'
import {failureText, storyStatuses, storyStatusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'

interface StoryStatusSelectProps {
  story: {id: string; title: string; status: StoryStatus}
}

export function StoryStatusSelect({story: {id, title, status}}: StoryStatusSelectProps) {
  const {api, me} = useSession()
  const {showWarning} = useNotes()

  function setStatus(status: StoryStatus) {
    api
      .call('PUT /stories/{id}/status', {params: {id}, body: {status}})
      .catch(error => showWarning(failureText(error, title)))
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
