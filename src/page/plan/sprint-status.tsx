/** The dialog that starts, closes or reopens a sprint. */
import {useState} from 'react'
import type {BoardStory, Sprint} from '../../client/client.ts'
import {useFetched} from '../parts/fetched.ts'
import {SelectField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import {closingText, openStoriesOf} from './closing-text.ts'
import {nextStep} from './sprint-actions.ts'

interface SprintStatusProps {
  sprint: Sprint
  /** The stories of the sprint. */
  stories: readonly BoardStory[]
  onClose(): void
}

export function SprintStatus({sprint: current, stories, onClose}: SprintStatusProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  // Another member may change the status meanwhile. The dialog must not turn into another one under the pointer.
  const [sprint] = useState(current)
  const {label, status} = nextStep(sprint)
  const isClosing = status === 'closed'
  const open = openStoriesOf(stories)
  const sprints = useFetched(isClosing && sprint.project_id, () =>
    api.all('GET /projects/{id}/sprints', {params: {id: sprint.project_id}}),
  )
  const targets = (sprints.value ?? []).filter(({id, status}) => id !== sprint.id && status !== 'closed')
  return (
    <FormDialog
      title={`${label}?`}
      action={label}
      onClose={onClose}
      onSubmit={fields =>
        recordFinal(
          `${label}: ${sprint.name}`,
          api.call('PUT /sprints/{id}/status', {
            params: {id: sprint.id},
            ifMatch: sprint.version,
            body: isClosing
              ? {status, open_to_sprint_id: textOf(fields, 'open_to_sprint_id') || null}
              : {status},
          }),
        )
      }
    >
      <p>{explanation(sprint, open)}</p>
      {isClosing && open.length > 0 && (
        <p>This cannot be undone: a reopened sprint does not get these stories back.</p>
      )}
      {isClosing && open.length > 0 && (
        <SelectField
          name="open_to_sprint_id"
          options={[{id: '', label: 'The backlog'}, ...targets.map(({id, name}) => ({id, label: name}))]}
        />
      )}
    </FormDialog>
  )
}

function explanation({name, status}: Sprint, open: readonly BoardStory[]): string {
  switch (status) {
    case 'planned':
      return `From now on, the burndown of “${name}” records its tasks every day. It leaves out tasks that are already completed.`
    case 'closed':
      return `“${name}” becomes active again. Stories that moved away when it was closed stay where they are.`
    case 'active':
      return closingText(name, open)
  }
}
