/** Dialogs that create, edit and delete a project. */
import {useState} from 'react'
import type {Project} from '../../client/client.ts'
import {editedFields, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {go} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'

export function NewProject({onClose}: {onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New project"
      action="Create project"
      draftKey="new-project"
      onClose={onClose}
      onSubmit={fields => api.call('POST /projects', {body: readProject(fields)})}
    >
      <ProjectFields />
    </FormDialog>
  )
}

export function EditProject({project, onClose}: {project: Project; onClose(): void}) {
  const {api, me} = useSession()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteProject project={project} onClose={onClose} />
  return (
    <FormDialog
      title="Edit project"
      action="Save changes"
      onClose={onClose}
      onSubmit={fields =>
        api.call('PATCH /projects/{id}', {
          params: {id: project.id},
          body: editedFields(readProject(fields), project),
        })
      }
    >
      <ProjectFields project={project} />
      {me.role === 'admin' && (
        <button type="button" className="link-button" data-tone="danger" onClick={() => setDeleting(true)}>
          Delete project…
        </button>
      )}
    </FormDialog>
  )
}

function DeleteProject({project, onClose}: {project: Project; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete project?"
      action="Delete project"
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        await api.call('DELETE /projects/{id}', {params: {id: project.id}})
        go('/')
      }}
    >
      <p>This permanently deletes “{project.name}” and all of its sprints, stories and tasks.</p>
    </FormDialog>
  )
}

function ProjectFields({project}: {project?: Project}) {
  return (
    <>
      <TextField name="name" value={project?.name} isRequired />
      <TextField name="phase" value={project?.phase ?? 'planning'} maxLength={40} isRequired />
    </>
  )
}

function readProject(fields: FormData) {
  return {name: textOf(fields, 'name'), phase: textOf(fields, 'phase')}
}
