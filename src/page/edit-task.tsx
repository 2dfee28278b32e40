/** Adding, editing and deleting tasks. */
import type {Task} from '../board/task.ts'
import {edited, FormDialog, TextField, textOf} from './form-dialog.tsx'
import {useSession} from './session.tsx'

interface NewTaskProps {
  stories: readonly {id: string; title: string}[]
  /** Of these, the one to begin with. */
  storyId: string | undefined
  onClose(): void
}

export function NewTask({stories, storyId, onClose}: NewTaskProps) {
  const {api} = useSession()
  return (
    <FormDialog
      title="New task"
      action="Add task"
      onClose={onClose}
      onSubmit={fields => api.call('POST', `/stories/${textOf(fields, 'story')}/tasks`, readTask(fields))}
    >
      <label className="field">
        <span>Story</span>
        <select name="story" className="select" defaultValue={storyId}>
          {stories.map(({id, title}) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <TaskFields />
    </FormDialog>
  )
}

export function EditTask({task, onClose}: {task: Task; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Edit task"
      action="Save"
      onClose={onClose}
      onSubmit={fields => api.call('PATCH', `/tasks/${task.id}`, edited(readTask(fields), task))}
    >
      <TaskFields task={task} />
    </FormDialog>
  )
}

export function DeleteTask({task, onClose}: {task: Task; onClose(): void}) {
  const {api} = useSession()
  return (
    <FormDialog
      title="Delete task"
      action="Delete"
      tone="danger"
      onClose={onClose}
      onSubmit={() => api.call('DELETE', `/tasks/${task.id}`)}
    >
      <p>“{task.title}” and its comments will be gone for everybody. This cannot be undone.</p>
    </FormDialog>
  )
}

function TaskFields({task}: {task?: Task}) {
  return (
    <>
      <TextField label="Title" name="title" value={task?.title} isRequired />
      <TextField label="Description" name="description" value={task?.description} isLong />
      <div className="field-row">
        <TextField
          label="Estimated hours"
          name="estimated_hours"
          type="number"
          value={task?.estimated_hours?.toString()}
        />
        <TextField
          label="Acceptance criteria"
          name="refs"
          value={task?.acceptance_criteria_refs.join(', ')}
          hint="AC-1, AC-2"
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
    acceptance_criteria_refs: textOf(fields, 'refs')
      .split(',')
      .map(ref => ref.trim())
      .filter(Boolean),
  }
}
