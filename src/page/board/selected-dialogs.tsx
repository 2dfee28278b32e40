/** The dialogs that change all selected tasks. */
import type {Board, BoardTask, TaskChanges} from '../../client/client.ts'
import {possibleAssignees} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import {Avatar} from '../parts/avatar.tsx'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {TextField, textOf} from '../parts/form.tsx'
import {FormDialog} from '../parts/form-dialog.tsx'
import {count} from '../parts/format.ts'
import {LabelChip} from '../parts/label-chip.tsx'
import {useNotes} from '../parts/notes.tsx'
import {noOwner} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {byName} from '../task/labels.ts'
import {StoryPicker} from '../task/story-picker.tsx'
import type {TaskField} from '../undo/act.ts'
import {useRecordFinal} from '../undo/record-act.tsx'
import {hasLabel, labelChange, mayAssignAll} from './selected-changes.ts'
import {hiddenText, namedText} from './selected-text.ts'

export type SelectedTasksDialogKind = 'owner' | 'labels' | 'due' | 'story' | 'delete'

interface SelectedTasksDialogProps {
  tasks: readonly BoardTask[]
  /** How many of the tasks the filter hides. */
  hidden: number
  board: Board
  /** `fields` are the fields that the changes contain. */
  onChange(changes: TaskChanges, fields: readonly TaskField[]): void
  onDeleted(): void
  onClose(): void
}

export function SelectedTasksDialog({
  kind,
  ...props
}: SelectedTasksDialogProps & {kind: SelectedTasksDialogKind}) {
  switch (kind) {
    case 'owner':
      return <AssignAll {...props} />
    case 'labels':
      return <LabelAll {...props} />
    case 'due':
      return <SetDueDates {...props} />
    case 'story':
      return <MoveAll {...props} />
    case 'delete':
      return <DeleteAll {...props} />
  }
}

const nobody = 'nobody'

function AssignAll({tasks, hidden, onChange, onClose}: SelectedTasksDialogProps) {
  const {me} = useSession()
  const members = possibleAssignees(useMembers()).filter(({id}) => mayAssignAll(tasks, id, me))
  const mayRelease = tasks.some(task => task.owner_user_id !== null) && mayAssignAll(tasks, null, me)
  return (
    <ChoiceDialog
      title={`Assign ${namedText(tasks.length, hidden)}`}
      placeholder="Type to find a member"
      emptyText="No member has this name."
      choices={[
        ...(mayRelease ? [{id: nobody, label: `${noOwner} (release)`}] : []),
        ...members
          .toSorted((one, other) => one.name.localeCompare(other.name))
          .map(({id, name}) => ({
            id,
            label: id === me.user_id ? `${name} (you)` : name,
            icon: <Avatar name={name} isMe={id === me.user_id} />,
            isChosen: tasks.every(task => task.owner_user_id === id),
          })),
      ]}
      onChoose={id => onChange({owner_user_id: id === nobody ? null : id}, ['owner_user_id', 'status'])}
      onClose={onClose}
    />
  )
}

function LabelAll({tasks, hidden, board, onChange, onClose}: SelectedTasksDialogProps) {
  return (
    <ChoiceDialog
      title={`Labels of ${namedText(tasks.length, hidden)}`}
      placeholder="Type to find a label"
      emptyText={
        board.labels.length > 0
          ? 'The project has no label with this name.'
          : 'The project has no labels. Create a label in the panel of a task.'
      }
      isMultiple
      choices={byName(board.labels).map(({id, name, color}) => ({
        id,
        label: name,
        view: (
          <>
            <LabelChip name={name} color={color} /> <span className="muted">{labelCount(tasks, id)}</span>
          </>
        ),
        isChosen: hasLabel(tasks, id),
      }))}
      onChoose={id => onChange(labelChange(tasks, {id}), ['label_ids'])}
      onClose={onClose}
    />
  )
}

/** Returns 'on 2 of 5' when some of the tasks have the label. */
function labelCount(tasks: readonly BoardTask[], labelId: string): string {
  const number = tasks.filter(({label_ids}) => label_ids.includes(labelId)).length
  return number > 0 && number < tasks.length ? `on ${number} of ${tasks.length}` : ''
}

function SetDueDates({tasks, hidden, onChange, onClose}: SelectedTasksDialogProps) {
  return (
    <FormDialog
      title={`Due date of ${namedText(tasks.length, hidden)}`}
      action="Set due date"
      onClose={onClose}
      onSubmit={async fields => onChange({due_on: textOf(fields, 'due_on') || null}, ['due_on'])}
    >
      <TextField name="due_on" type="date" hint="Leave this empty to remove the due dates." />
    </FormDialog>
  )
}

function MoveAll({tasks, hidden, board, onChange, onClose}: SelectedTasksDialogProps) {
  return (
    <StoryPicker
      title={`Move ${namedText(tasks.length, hidden)}`}
      projectId={board.sprint.project_id}
      sprintId={board.sprint.id}
      onChoose={({id}) => onChange({story_id: id}, ['story_id'])}
      onClose={onClose}
    />
  )
}

function DeleteAll({tasks, hidden, onDeleted, onClose}: SelectedTasksDialogProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  const {showNote} = useNotes()
  const named = count(tasks.length, 'task')
  return (
    <FormDialog
      title={`Delete ${namedText(tasks.length, hidden)}?`}
      action={`Delete ${named}`}
      tone="danger"
      onClose={onClose}
      onSubmit={async () => {
        const body = {task_ids: tasks.map(({id}) => id)}
        await recordFinal(`${named} deleted`, api.call('POST /tasks/deletions', {body}))
        showNote({title: 'Deleted. This cannot be undone.', detail: named})
        onDeleted()
      }}
    >
      <p>
        This permanently deletes {named} with {tasks.length === 1 ? 'its' : 'their'} comments.{' '}
        {hiddenText(hidden)} This cannot be undone.
      </p>
    </FormDialog>
  )
}
