/** The priority, the due date and the labels in the panel of a task. A change is saved at once. */
import {useLayoutEffect, useRef, useState} from 'react'
import type {BoardTask, Label, TaskFields} from '../../client/client.ts'
import {dayWithYear, isCounted} from '../parts/due.ts'
import {PenIcon} from '../parts/icons.tsx'
import {LabelChip} from '../parts/label-chip.tsx'
import {useToday} from '../parts/now.ts'
import {useSentChanges} from '../parts/sent-changes.ts'
import {DueFact, LabelList, PriorityFact} from '../parts/task-facts.tsx'
import {type Priority, priorities, priorityLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import {LabelPicker} from './label-picker.tsx'
import {type LabelChange, labelsOf, withLabel} from './labels.ts'
import {Detail} from './panel-detail.tsx'

interface TaskPlanProps {
  task: BoardTask
  /** The labels of the project. */
  labels: readonly Label[]
  onEdit(fields: TaskFields): void
}

export function TaskPlan({task, labels, onEdit}: TaskPlanProps) {
  const {me} = useSession()
  const today = useToday()
  const {priority, due_on, status} = task
  const chosen = labelsOf(labels, task.label_ids)
  if (me.role === 'viewer') {
    return (
      <>
        <Detail label="Priority">{priority ? <PriorityFact priority={priority} /> : 'None'}</Detail>
        <Detail label="Due date">{due_on ? <DueFact dueOn={due_on} status={status} /> : 'None'}</Detail>
        <Detail label="Labels">{chosen.length > 0 ? <LabelList labels={chosen} /> : 'None'}</Detail>
      </>
    )
  }
  return (
    <>
      <Detail label="Priority">
        <PrioritySelect priority={priority} onChange={priority => onEdit({priority})} />
      </Detail>
      <Detail label="Due date">
        <span className="plan-due">
          <DueInput dueOn={due_on} onChange={due_on => onEdit({due_on})} />
          {due_on && isCounted(due_on, status, today) && <DueFact dueOn={due_on} status={status} />}
        </span>
      </Detail>
      <Detail label="Labels">
        <LabelsButton task={task} labels={labels} />
      </Detail>
    </>
  )
}

interface PrioritySelectProps {
  priority: Priority | null
  onChange(priority: Priority | null): void
}

function PrioritySelect({priority, onChange}: PrioritySelectProps) {
  return (
    <span className="plan-control">
      {priority && <PriorityFact priority={priority} />}
      {!priority && 'None'}
      <PenIcon />
      <select
        aria-label="Priority"
        value={priority ?? ''}
        onChange={event => onChange((event.currentTarget.value || null) as Priority | null)}
      >
        <option value="">None</option>
        {priorities.map(priority => (
          <option key={priority} value={priority}>
            {priorityLabels[priority]}
          </option>
        ))}
      </select>
    </span>
  )
}

interface DueInputProps {
  dueOn: string | null
  onChange(dueOn: string | null): void
}

/**
 * A day that is chosen with the pointer is saved at once. A typed day is saved when the field is left, or on Enter. While
 * the viewer types, the field does not show the changes of other members. The field shows the order of day and month that
 * the browser prefers, so the day is shown as a text instead, unless the viewer uses the keyboard.
 */
function DueInput({dueOn, onChange}: DueInputProps) {
  const input = useRef<HTMLInputElement>(null)
  const isTyping = useRef(false)
  const isEdited = useRef(false)

  function show() {
    isTyping.current = false
    isEdited.current = false
    input.current!.value = dueOn ?? ''
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run only after a change of the day
  useLayoutEffect(() => {
    if (!isTyping.current) show()
  }, [dueOn])

  function save() {
    const {value, validity} = input.current!
    if (!validity.valid) return // a day that is only half typed has no value
    const isNew = isEdited.current && value !== (dueOn ?? '')
    isTyping.current = false
    isEdited.current = false
    if (isNew) onChange(value || null)
    else show() // another member may have changed the day
  }
  return (
    <span className="plan-control">
      {dueOn ? <time dateTime={dueOn}>{dayWithYear(dueOn)}</time> : 'None'}
      <PenIcon />
      <input
        ref={input}
        type="date"
        className="plan-date"
        aria-label="Due date"
        min="0001-01-01"
        max="9999-12-31"
        onKeyDown={event => {
          isTyping.current = true
          input.current!.removeAttribute('data-pointed')
          if (event.key === 'Enter') save()
        }}
        onPointerDown={() => {
          isTyping.current = false
          input.current!.setAttribute('data-pointed', '')
        }}
        onClick={() => input.current!.showPicker()}
        onChange={() => {
          isEdited.current = true
          if (!isTyping.current) save()
        }}
        onBlur={() => {
          input.current!.removeAttribute('data-pointed')
          save()
          if (isTyping.current) show()
        }}
      />
    </span>
  )
}

interface LabelsButtonProps {
  task: BoardTask
  labels: readonly Label[]
}

/** Each label is added or removed by itself, so that members who choose different labels do not overwrite each other. */
function LabelsButton({task, labels}: LabelsButtonProps) {
  const {api} = useSession()
  const record = useRecordAct()
  const [isPicking, setPicking] = useState(false)
  const {confirmed, pending, change} = useSentChanges<BoardTask, LabelChange>(
    task,
    ({labelId, isAdded}, turn) => {
      const params = {id: task.id, label_id: labelId}
      const saved = turn.then(() =>
        api.call(`${isAdded ? 'PUT' : 'DELETE'} /tasks/{id}/labels/{label_id}`, {params}),
      )
      record(
        saved.then(after => {
          const before = {...after, label_ids: withLabel(after.label_ids, {labelId, isAdded: !isAdded})}
          return {kind: 'task', before, after, fields: ['label_ids']}
        }),
      )
      return saved
    },
  )
  const ids = pending.reduce(withLabel, confirmed.label_ids)
  const chosen = labelsOf(labels, ids)
  return (
    <>
      <button type="button" className="plan-control" aria-haspopup="dialog" onClick={() => setPicking(true)}>
        <span className="visually-hidden">Labels: </span>
        {/* A button must not contain a list. */}
        {chosen.map(({id, name, color}) => (
          <LabelChip key={id} name={name} color={color} />
        ))}
        {chosen.length === 0 && 'None'}
        <PenIcon />
      </button>
      {isPicking && (
        <LabelPicker
          projectId={task.project_id}
          labels={labels}
          isChosen={({id}) => ids.includes(id)}
          onToggle={({id, name}) => change({labelId: id, isAdded: !ids.includes(id)}, name)}
          onClose={() => setPicking(false)}
        />
      )}
    </>
  )
}
