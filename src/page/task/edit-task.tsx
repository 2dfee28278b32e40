/** Dialogs that create, edit and delete a task. */
import {useState} from 'react'
import type {BoardTask, Task} from '../../client/client.ts'
import {SelectField, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {FormError} from '../parts/form-errors.ts'
import {useNotes} from '../parts/notes.tsx'
import {EditWhole} from '../plan/edit-whole.tsx'
import {useSession} from '../session/session.tsx'

interface NewTaskProps {
  stories: readonly {id: string; title: string}[]
  /** The story that is selected when the dialog opens. Default: the first story. */
  storyId: string | undefined
  sprintId: string
  onCreated(taskId: string): void
  onClose(): void
}

export function NewTask({stories, storyId, sprintId, onCreated, onClose}: NewTaskProps) {
  const {api} = useSession()
  const options = useStoryOptions(stories)

  async function create(fields: FormData) {
    const id = textOf(fields, 'story')
    if (!stories.some(story => story.id === id)) {
      throw new FormError('This story is no longer on this board. Choose another story.', 'story')
    }
    const task = await api.call('POST /stories/{id}/tasks', {params: {id}, body: readTask(fields)})
    onCreated(task.id)
  }

  return (
    <FormDialog
      title="New task"
      action="Create task"
      draftKey={`new-task ${storyId ?? sprintId}`}
      onClose={onClose}
      onSubmit={create}
    >
      <SelectField name="story" value={storyId} options={options} />
      <TaskFields />
    </FormDialog>
  )
}

/**
 * Returns the options of the field "Story". A story that leaves the board while the dialog is open stays in the list.
 * Otherwise, the browser would choose another story, and the member would not notice.
 */
function useStoryOptions(stories: NewTaskProps['stories']) {
  const [opened] = useState(stories)
  const added = stories.filter(({id}) => !opened.some(known => known.id === id))
  return [...opened, ...added].map(({id, title}) => {
    const current = stories.find(story => story.id === id)
    return {id, label: current?.title ?? `${title} (no longer on this board)`}
  })
}

/** A task without its checklist, which the tasks of a board lack. */
type EditedTask = Omit<Task, 'checklist'>

interface EditTaskProps {
  task: BoardTask
  isGone: boolean
  onClose(): void
}

export function EditTask({task, isGone, onClose}: EditTaskProps) {
  const {api} = useSession()
  return (
    <EditWhole<ReturnType<typeof readTask>, EditedTask>
      title="Edit task"
      noun="task"
      known={task}
      isGone={isGone}
      textsOf={textsOfTask}
      fetchCurrent={() => api.call('GET /tasks/{id}', {params: {id: task.id}})}
      read={readTask}
      patch={request => api.call('PATCH /tasks/{id}', {params: {id: task.id}, ...request})}
      onClose={onClose}
    >
      {opened => <TaskFields texts={textsOfTask(opened)} />}
    </EditWhole>
  )
}

interface DeleteTaskProps {
  task: BoardTask
  onDeleted(): void
  onClose(): void
}

export function DeleteTask({task, onDeleted, onClose}: DeleteTaskProps) {
  const {api} = useSession()
  const {showNote} = useNotes()
  return (
    <FormDialog
      title="Delete task?"
      action="Delete task"
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        await api.call('DELETE /tasks/{id}', {params: {id: task.id}})
        showNote({title: 'Task deleted', detail: task.title})
        onDeleted()
      }}
    >
      <p>This permanently deletes “{task.title}” and its comments.</p>
    </FormDialog>
  )
}

function TaskFields({texts}: {texts?: TaskTexts}) {
  return (
    <>
      <TextField name="title" value={texts?.title} isRequired />
      <TextField name="description" value={texts?.description} rows={4} />
      <div className="field-row">
        <TextField name="estimated_hours" type="number" value={texts?.estimated_hours} />
        <TextField
          name="acceptance_criteria_refs"
          value={texts?.acceptance_criteria_refs}
          placeholder="AC-1, AC-2"
          maxLength={10_000}
        />
      </div>
    </>
  )
}

type TaskTexts = ReturnType<typeof textsOfTask>

/** The inverse function of `readTask`. */
function textsOfTask({title, description, estimated_hours, acceptance_criteria_refs}: EditedTask) {
  return {
    title,
    description,
    estimated_hours: estimated_hours?.toString() ?? '',
    acceptance_criteria_refs: acceptance_criteria_refs.join(', '),
  }
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
