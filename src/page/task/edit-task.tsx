/** Dialogs that create, edit and delete a task. */
import {useState} from 'react'
import type {BoardTask, Label, Task} from '../../client/client.ts'
import {SelectField, TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {FormError} from '../parts/form-errors.ts'
import {useNotes} from '../parts/notes.tsx'
import {priorities, priorityLabels} from '../parts/words.ts'
import {EditWhole} from '../plan/edit-whole.tsx'
import {useSession} from '../session/session.tsx'
import type {TaskField} from '../undo/act.ts'
import {useRecordAct, useRecordFinal} from '../undo/record-act.tsx'
import {labelIdsIn, labelsText} from './label-names.ts'
import {LabelsField} from './labels-field.tsx'
import {markdownHint} from './markdown-hint.ts'

interface NewTaskProps {
  stories: readonly {id: string; title: string}[]
  /** The story that is selected when the dialog opens. Default: the first story. */
  storyId: string | undefined
  sprintId: string
  projectId: string
  /** The labels of the project. */
  labels: readonly Label[]
  onCreated(taskId: string): void
  onClose(): void
}

export function NewTask({stories, storyId, sprintId, projectId, labels, onCreated, onClose}: NewTaskProps) {
  const {api} = useSession()
  const record = useRecordAct()
  const options = useStoryOptions(stories)

  async function create(fields: FormData) {
    const id = textOf(fields, 'story')
    if (!stories.some(story => story.id === id)) {
      throw new FormError('This story is no longer on this board. Choose another story.', 'story')
    }
    const created = api.call('POST /stories/{id}/tasks', {params: {id}, body: readTask(fields, labels)})
    record(created.then(task => ({kind: 'created-task', task})))
    onCreated((await created).id)
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
      <TaskFields projectId={projectId} labels={labels} />
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
type EditedTask = Omit<Task, 'checklist' | 'links'>

interface EditTaskProps {
  task: BoardTask
  /** The labels of the project. */
  labels: readonly Label[]
  isGone: boolean
  onClose(): void
}

export function EditTask({task, labels, isGone, onClose}: EditTaskProps) {
  const {api} = useSession()
  const record = useRecordAct()
  const textsOf = (task: EditedTask) => textsOfTask(task, labels)
  return (
    <EditWhole<ReturnType<typeof readTask>, EditedTask>
      title="Edit task"
      noun="task"
      known={task}
      isGone={isGone}
      textsOf={textsOf}
      fetchCurrent={() => api.call('GET /tasks/{id}', {params: {id: task.id}})}
      read={fields => readTask(fields, labels)}
      patch={(request, before) => {
        const saved = api.call('PATCH /tasks/{id}', {params: {id: task.id}, ...request})
        const fields = Object.keys(request.body) as TaskField[]
        record(saved.then(after => ({kind: 'task', before, after, fields})))
        return saved
      }}
      onClose={onClose}
    >
      {opened => <TaskFields texts={textsOf(opened)} projectId={opened.project_id} labels={labels} />}
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
  const recordFinal = useRecordFinal()
  return (
    <FormDialog
      title="Delete task?"
      action="Delete task"
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        const named = `${task.key} ${task.title}`
        const deletion = api.call('DELETE /tasks/{id}', {params: {id: task.id}})
        await recordFinal(`Task deleted: ${named}`, deletion)
        showNote({title: 'Deleted. This cannot be undone.', detail: named})
        onDeleted()
      }}
    >
      <p>This permanently deletes “{task.title}” and its comments. It cannot be undone.</p>
    </FormDialog>
  )
}

interface TaskFieldsProps {
  texts?: TaskTexts
  projectId: string
  labels: readonly Label[]
}

function TaskFields({texts, projectId, labels}: TaskFieldsProps) {
  return (
    <>
      <TextField name="title" value={texts?.title} isRequired />
      <TextField name="description" value={texts?.description} rows={4} hint={markdownHint} />
      <div className="field-row">
        <SelectField
          name="priority"
          value={texts?.priority}
          options={[
            {id: '', label: 'None'},
            ...priorities.map(priority => ({id: priority, label: priorityLabels[priority]})),
          ]}
        />
        <TextField name="due_on" type="date" value={texts?.due_on} />
      </div>
      <LabelsField projectId={projectId} labels={labels} value={texts?.label_ids} />
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
function textsOfTask(
  {title, description, estimated_hours, acceptance_criteria_refs, priority, due_on, label_ids}: EditedTask,
  labels: readonly Label[],
) {
  return {
    title,
    description,
    estimated_hours: estimated_hours?.toString() ?? '',
    acceptance_criteria_refs: acceptance_criteria_refs.join(', '),
    priority: priority ?? '',
    due_on: due_on ?? '',
    label_ids: labelsText(labels, label_ids),
  }
}

function readTask(fields: FormData, labels: readonly Label[]) {
  const hours = textOf(fields, 'estimated_hours')
  return {
    title: textOf(fields, 'title'),
    description: textOf(fields, 'description'),
    estimated_hours: hours === '' ? null : Number(hours),
    acceptance_criteria_refs: textOf(fields, 'acceptance_criteria_refs')
      .split(',')
      .map(ref => ref.trim())
      .filter(Boolean),
    priority: (textOf(fields, 'priority') || null) as Task['priority'],
    due_on: textOf(fields, 'due_on') || null,
    label_ids: labelIdsIn(labels, textOf(fields, 'label_ids')),
  }
}
