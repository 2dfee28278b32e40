/** Adding, editing and deleting sprints. */
import {useState} from 'react'
import type {Sprint} from '../board/sprint.ts'
import {edited, FormDialog, TextField, textOf} from './form-dialog.tsx'
import {useSession} from './session.tsx'

export function NewSprint({projectId, onClose}: {projectId: string; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New sprint"
      action="Add sprint"
      onClose={onClose}
      onSubmit={fields => api.call('POST', `/projects/${projectId}/sprints`, readSprint(fields))}
    >
      <SprintFields />
    </FormDialog>
  )
}

export function EditSprint({sprint, onClose}: {sprint: Sprint; onClose(): void}) {
  const {api} = useSession()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteSprint sprint={sprint} onClose={onClose} />
  return (
    <FormDialog
      title="Edit sprint"
      action="Save"
      onClose={onClose}
      onSubmit={fields => api.call('PATCH', `/sprints/${sprint.id}`, edited(readSprint(fields), sprint))}
    >
      <SprintFields sprint={sprint} />
      <button type="button" className="link-button" data-tone="danger" onClick={() => setDeleting(true)}>
        Delete this sprint…
      </button>
    </FormDialog>
  )
}

function DeleteSprint({sprint, onClose}: {sprint: Sprint; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete sprint"
      action="Delete"
      tone="danger"
      onClose={onClose}
      onSubmit={() => api.call('DELETE', `/sprints/${sprint.id}`)}
    >
      <p>“{sprint.name}” will be gone for everybody. Its stories leave it and stay in the project.</p>
    </FormDialog>
  )
}

function SprintFields({sprint}: {sprint?: Sprint}) {
  return (
    <>
      <TextField label="Name" name="name" value={sprint?.name} isRequired />
      <TextField label="Goal" name="goal" value={sprint?.goal} isLong />
      <div className="field-row">
        <TextField label="Starts on" name="starts_on" type="date" value={sprint?.starts_on ?? ''} />
        <TextField label="Ends on" name="ends_on" type="date" value={sprint?.ends_on ?? ''} />
      </div>
    </>
  )
}

function readSprint(fields: FormData) {
  return {
    name: textOf(fields, 'name'),
    goal: textOf(fields, 'goal'),
    starts_on: textOf(fields, 'starts_on') || null,
    ends_on: textOf(fields, 'ends_on') || null,
  }
}
