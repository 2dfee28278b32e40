/** The dialog that starts, closes or reopens a sprint. */
import {useState} from 'react'
import type {Sprint} from '../../client/client.ts'
import {useFetched} from '../parts/fetched.ts'
import {SelectField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {count} from '../parts/format.ts'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import {nextStep} from './sprint-actions.ts'

interface SprintStatusProps {
  sprint: Sprint
  /** The number of stories that still need work. */
  openStories: number
  onClose(): void
}

export function SprintStatus({sprint: current, openStories, onClose}: SprintStatusProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  // Another member may change the status meanwhile. The dialog must not turn into another one under the pointer.
  const [sprint] = useState(current)
  const {label, status} = nextStep(sprint)
  const isClosing = status === 'closed'
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
      <p>{explanation(sprint, openStories)}</p>
      {isClosing && openStories > 0 && (
        <p>This cannot be undone: a reopened sprint does not get these stories back.</p>
      )}
      {isClosing && openStories > 0 && (
        <SelectField
          name="open_to_sprint_id"
          options={[{id: '', label: 'The backlog'}, ...targets.map(({id, name}) => ({id, label: name}))]}
        />
      )}
    </FormDialog>
  )
}

function explanation({name, status}: Sprint, openStories: number): string {
  switch (status) {
    case 'planned':
      return `From now on, the burndown of “${name}” records its tasks every day.`
    case 'closed':
      return `“${name}” becomes active again. Stories that moved away when it was closed stay where they are.`
    case 'active':
      return openStories === 0
        ? `All stories of “${name}” are done.`
        : `${count(openStories, 'story', 'stories')} of “${name}” ${openStories === 1 ? 'is' : 'are'} not done. Choose where to move ${openStories === 1 ? 'it with all its' : 'them with all their'} tasks.`
  }
}
