/** Adding, editing and deleting projects. */
import {useState} from 'react'
import type {Project} from '../board/project.ts'
import {edited, FormDialog, TextField, textOf} from './form-dialog.tsx'
import {go} from './route.tsx'
import {useSession} from './session.tsx'

export function NewProject({onClose}: {onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New project"
      action="Add project"
      onClose={onClose}
      onSubmit={fields => api.call('POST', '/projects', readProject(fields))}
    >
      <ProjectFields />
    </FormDialog>
  )
}

export function EditProject({project, onClose}: {project: Project; onClose(): void}) {
  const {api} = useSession()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteProject project={project} onClose={onClose} />
  return (
    <FormDialog
      title="Edit project"
      action="Save"
      onClose={onClose}
      onSubmit={fields => api.call('PATCH', `/projects/${project.id}`, edited(readProject(fields), project))}
    >
      <ProjectFields project={project} />
      <button type="button" className="link-button" data-tone="danger" onClick={() => setDeleting(true)}>
        Delete this project…
      </button>
    </FormDialog>
  )
}

function DeleteProject({project, onClose}: {project: Project; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete project"
      action="Delete"
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        await api.call('DELETE', `/projects/${project.id}`)
        go('/')
      }}
    >
      <p>“{project.name}” with all its sprints, stories and tasks will be gone for everybody.</p>
    </FormDialog>
  )
}

function ProjectFields({project}: {project?: Project}) {
  return (
    <>
      <TextField label="Name" name="name" value={project?.name} isRequired />
      <TextField label="Phase" name="phase" value={project?.phase ?? 'planning'} isRequired />
    </>
  )
}

function readProject(fields: FormData) {
  return {name: textOf(fields, 'name'), phase: textOf(fields, 'phase')}
}
