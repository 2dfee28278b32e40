/** Dialogs that create, edit and delete a sprint. */
import {useState} from 'react'
import type {Sprint} from '../../client/client.ts'
import {editedFields, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {useSession} from '../session/session.tsx'

export function NewSprint({projectId, onClose}: {projectId: string; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New sprint"
      action="Create sprint"
      draftKey={`new-sprint ${projectId}`}
      onClose={onClose}
      onSubmit={fields =>
        api.call('POST /projects/{id}/sprints', {params: {id: projectId}, body: readSprint(fields)})
      }
    >
      <SprintFields />
    </FormDialog>
  )
}

export function EditSprint({sprint, onClose}: {sprint: Sprint; onClose(): void}) {
  const {api, me} = useSession()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteSprint sprint={sprint} onClose={onClose} />
  return (
    <FormDialog
      title="Edit sprint"
      action="Save changes"
      onClose={onClose}
      onSubmit={fields =>
        api.call('PATCH /sprints/{id}', {
          params: {id: sprint.id},
          body: editedFields(readSprint(fields), sprint),
        })
      }
    >
      <SprintFields sprint={sprint} />
      {me.role === 'admin' && (
        <button type="button" className="link-button" data-tone="danger" onClick={() => setDeleting(true)}>
          Delete sprint…
        </button>
      )}
    </FormDialog>
  )
}

function DeleteSprint({sprint, onClose}: {sprint: Sprint; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete sprint?"
      action="Delete sprint"
      tone="danger"
      onClose={onClose}
      onSubmit={() => api.call('DELETE /sprints/{id}', {params: {id: sprint.id}})}
    >
      <p>
        This permanently deletes “{sprint.name}”. Its stories and tasks move to the backlog of the project.
      </p>
    </FormDialog>
  )
}

function SprintFields({sprint}: {sprint?: Sprint}) {
  return (
    <>
      <TextField name="name" value={sprint?.name} isRequired />
      <TextField name="goal" value={sprint?.goal} rows={4} />
      <div className="field-row">
        <TextField name="starts_on" type="date" value={sprint?.starts_on ?? ''} />
        <TextField name="ends_on" type="date" value={sprint?.ends_on ?? ''} />
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
