/** Dialogs that create, edit and delete a sprint. */
import {useState} from 'react'
import type {Sprint} from '../../client/client.ts'
import {EditDialog} from '../parts/edit-dialog.tsx'
import {TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import {DeleteButton} from './delete-button.tsx'

export function NewSprint({projectId, onClose}: {projectId: string; onClose(): void}) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  return (
    <FormDialog
      title="New sprint"
      action="Create sprint"
      draftKey={`new-sprint ${projectId}`}
      onClose={onClose}
      onSubmit={fields => {
        const body = readSprint(fields)
        const created = api.call('POST /projects/{id}/sprints', {params: {id: projectId}, body})
        return recordFinal(`Sprint created: ${body.name}`, created)
      }}
    >
      <SprintFields />
    </FormDialog>
  )
}

interface EditSprintProps {
  sprint: Sprint
  isGone: boolean
  onClose(): void
}

export function EditSprint({sprint, isGone, onClose}: EditSprintProps) {
  const {api, me} = useSession()
  const recordFinal = useRecordFinal()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteSprint sprint={sprint} onClose={onClose} />
  return (
    <EditDialog
      title="Edit sprint"
      noun="sprint"
      thing={sprint}
      isGone={isGone}
      textsOf={textsOfSprint}
      fetchCurrent={() => api.call('GET /sprints/{id}', {params: {id: sprint.id}})}
      read={readSprint}
      patch={request =>
        recordFinal(
          `Sprint edited: ${sprint.name}`,
          api.call('PATCH /sprints/{id}', {params: {id: sprint.id}, ...request}),
        )
      }
      secondary={me.role === 'admin' && <DeleteButton noun="sprint" onClick={() => setDeleting(true)} />}
      onClose={onClose}
    >
      {opened => <SprintFields texts={textsOfSprint(opened)} />}
    </EditDialog>
  )
}

function DeleteSprint({sprint, onClose}: {sprint: Sprint; onClose(): void}) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  return (
    <FormDialog
      title="Delete sprint?"
      action="Delete sprint"
      tone="danger"
      onClose={onClose}
      onSubmit={() =>
        recordFinal(
          `Sprint deleted: ${sprint.name}`,
          api.call('DELETE /sprints/{id}', {params: {id: sprint.id}}),
        )
      }
    >
      <p>
        This permanently deletes “{sprint.name}”. Its stories and tasks move to the backlog of the project. It
        cannot be undone.
      </p>
    </FormDialog>
  )
}

function SprintFields({texts}: {texts?: ReturnType<typeof textsOfSprint>}) {
  return (
    <>
      <TextField name="name" value={texts?.name} isRequired />
      <TextField name="goal" value={texts?.goal} rows={4} />
      <div className="field-row">
        <TextField name="starts_on" type="date" value={texts?.starts_on} />
        <TextField name="ends_on" type="date" value={texts?.ends_on} />
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

/** The inverse function of `readSprint`. */
function textsOfSprint({name, goal, starts_on, ends_on}: Sprint) {
  return {name, goal, starts_on: starts_on ?? '', ends_on: ends_on ?? ''}
}
