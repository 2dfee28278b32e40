/** Dialogs that create, edit and delete a project. */
import {useState} from 'react'
import type {Project} from '../../client/client.ts'
import {EditDialog} from '../parts/edit-dialog.tsx'
import {TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {go} from '../parts/route.tsx'
import {statuses} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import {DeleteButton} from './delete-button.tsx'
import styles from './edit-project.css?inline'
import {limitTexts, readLimits} from './limits.ts'

addStyles(styles)

export function NewProject({onClose}: {onClose(): void}) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  return (
    <FormDialog
      title="New project"
      action="Create project"
      draftKey="new-project"
      onClose={onClose}
      onSubmit={fields => {
        const body = {...readProject(fields), ...keyOf(fields)}
        return recordFinal(`Project created: ${body.name}`, api.call('POST /projects', {body}))
      }}
    >
      <ProjectFields />
      <TextField name="key" placeholder="For example WEB. Default: from the name" maxLength={10} />
    </FormDialog>
  )
}

interface EditProjectProps {
  project: Project
  isGone: boolean
  onClose(): void
}

export function EditProject({project, isGone, onClose}: EditProjectProps) {
  const {api, me} = useSession()
  const recordFinal = useRecordFinal()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteProject project={project} onClose={onClose} />
  return (
    <EditDialog
      title="Edit project"
      noun="project"
      thing={project}
      isGone={isGone}
      textsOf={textsOfProject}
      fetchCurrent={() => api.call('GET /projects/{id}', {params: {id: project.id}})}
      read={fields => ({...readProject(fields), ...readLimits(fields)})}
      patch={request =>
        recordFinal(
          `Project edited: ${project.name}`,
          api.call('PATCH /projects/{id}', {params: {id: project.id}, ...request}),
        )
      }
      secondary={me.role === 'admin' && <DeleteButton noun="project" onClick={() => setDeleting(true)} />}
      onClose={onClose}
    >
      {opened => (
        <>
          <ProjectFields texts={textsOfProject(opened)} />
          {opened.wip_limits && <LimitFields limits={opened.wip_limits} />}
          <p className="muted">
            The keys of the tasks start with {project.key}, for example {project.key}-7. The key never
            changes.
          </p>
        </>
      )}
    </EditDialog>
  )
}

function DeleteProject({project, onClose}: {project: Project; onClose(): void}) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  return (
    <FormDialog
      title="Delete project?"
      action="Delete project"
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        const deletion = api.call('DELETE /projects/{id}', {params: {id: project.id}})
        await recordFinal(`Project deleted: ${project.name}`, deletion)
        go('/')
      }}
    >
      <p>
        This permanently deletes “{project.name}” and all of its sprints, stories and tasks. It cannot be
        undone.
      </p>
    </FormDialog>
  )
}

function ProjectFields({texts}: {texts?: ReturnType<typeof textsOfProject>}) {
  return (
    <>
      <TextField name="name" value={texts?.name} isRequired />
      <TextField name="phase" value={texts?.phase ?? 'planning'} maxLength={40} isRequired />
    </>
  )
}

function LimitFields({limits}: {limits: Project['wip_limits']}) {
  const texts = limitTexts(limits)
  return (
    <fieldset className="limits">
      <legend>Limits of the columns</legend>
      <p className="field-hint">A column with more tasks than its limit shows a warning.</p>
      <div className="limit-fields">
        {statuses.map(status => (
          <TextField
            key={status}
            name={`limit_${status}`}
            value={texts[`limit_${status}`]}
            type="number"
            range={{min: 1, max: 999}}
            placeholder="None"
          />
        ))}
      </div>
    </fieldset>
  )
}

function readProject(fields: FormData) {
  return {name: textOf(fields, 'name'), phase: textOf(fields, 'phase')}
}

function keyOf(fields: FormData) {
  const key = textOf(fields, 'key').toUpperCase()
  return key ? {key} : {}
}

/** The inverse function of `readProject` and `readLimits`. */
function textsOfProject({name, phase, wip_limits}: Project) {
  return {name, phase, ...limitTexts(wip_limits)}
}
