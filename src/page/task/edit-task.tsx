/** Dialogs that create, edit and delete a task. */
import type {BoardTask, Task} from '../../client/client.ts'
import {editedFields, SelectField, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {LoadingDialog, useDescription} from '../plan/description.tsx'
import {useSession} from '../session/session.tsx'

interface NewTaskProps {
  stories: readonly {id: string; title: string}[]
  /** The story that is selected when the dialog opens. Default: the first story. */
  storyId: string | undefined
  sprintId: string
  onClose(): void
}

export function NewTask({stories, storyId, sprintId, onClose}: NewTaskProps) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New task"
      action="Create task"
      draftKey={`new-task ${storyId ?? sprintId}`}
      onClose={onClose}
      onSubmit={fields =>
        api.call('POST /stories/{id}/tasks', {params: {id: textOf(fields, 'story')}, body: readTask(fields)})
      }
    >
      <SelectField
        name="story"
        value={storyId}
        options={stories.map(({id, title}) => ({id, label: title}))}
      />
      <TaskFields />
    </FormDialog>
  )
}

export function EditTask({task, onClose}: {task: BoardTask; onClose(): void}) {
  const {api} = useSession()
  const description = useDescription('tasks', task)
  if (description.text === undefined) {
    return <LoadingDialog title="Edit task" of={description} onClose={onClose} />
  }
  const shown: Task = {...task, description: description.text}
  return (
    <FormDialog
      title="Edit task"
      action="Save changes"
      onClose={onClose}
      onSubmit={fields =>
        api.call('PATCH /tasks/{id}', {params: {id: task.id}, body: editedFields(readTask(fields), shown)})
      }
    >
      <TaskFields task={shown} />
    </FormDialog>
  )
}

export function DeleteTask({task, onClose}: {task: BoardTask; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete task?"
      action="Delete task"
      tone="danger"
      onClose={onClose}
      onSubmit={() => api.call('DELETE /tasks/{id}', {params: {id: task.id}})}
    >
      <p>This permanently deletes “{task.title}” and its comments.</p>
    </FormDialog>
  )
}

function TaskFields({task}: {task?: Task}) {
  return (
    <>
      <TextField name="title" value={task?.title} isRequired />
      <TextField name="description" value={task?.description} rows={4} />
      <div className="field-row">
        <TextField name="estimated_hours" type="number" value={task?.estimated_hours?.toString()} />
        <TextField
          name="acceptance_criteria_refs"
          value={task?.acceptance_criteria_refs.join(', ')}
          placeholder="AC-1, AC-2"
          maxLength={10_000}
        />
      </div>
    </>
  )
}

function readTask(fields: FormData) {
  const hours = textOf(fields, 'estimated_hours')
  return {
    title: textOf(fields, 'title'),
    description: textOf(fields, 'description'),
    estimated_hours: hours === '' ? null : Number(hours),
    acceptance_criteria_refs: textOf(fields, 'acceptance_criteria_refs')
      .split(',')
      .map(ref => ref.trim())
      .filter(Boolean),
  }
}
