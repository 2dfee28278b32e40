/** Chooses a task that blocks the open task: a task of the board, or a task of another sprint or of the backlog. */
import {useState} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {useSearch} from '../organization/search.ts'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {type Choice, matchingChoices} from '../parts/choices.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {LoadError} from '../parts/page-states.tsx'
import {statusLabels} from '../parts/words.ts'

/** A task that blocks the open task. */
export type Blocker = Pick<BoardTask, 'id' | 'title'>

interface BlockerPickerProps {
  /** The task that is blocked. */
  task: BoardTask
  /** The tasks of the board that can become blockers. */
  known: readonly BoardTask[]
  /** The tasks of the project that cannot become blockers. */
  excludedIds: ReadonlySet<string>
  onChoose(blocker: Blocker): void
  onClose(): void
}

export function BlockerPicker({task, known, excludedIds, onChoose, onClose}: BlockerPickerProps) {
  const [text, setText] = useState('')
  const {results, emptyText, fetched} = useSearch(text, task.project_id)
  const isNew = (id: string) => !excludedIds.has(id) && !known.some(task => task.id === id)
  const elsewhere = results.filter(({kind, id}) => kind === 'task' && isNew(id))
  const choices: Choice[] = [
    ...matchingChoices(known.map(choiceOf), text),
    ...elsewhere.map(({id, key, title}, index) => ({
      id,
      label: title,
      view: <TaskName taskKey={key!} title={title} />,
      ...(index === 0 && {heading: 'Not on this board'}),
    })),
  ]
  return (
    <ChoiceDialog
      title={`What blocks “${task.title}”?`}
      placeholder="Type a title or a key"
      emptyText={emptyText}
      choices={choices}
      isFound
      onType={setText}
      onChoose={id => onChoose([...known, ...elsewhere].find(task => task.id === id)!)}
      footer={<LoadError of={fetched}>Could not search the tasks that are not on this board.</LoadError>}
      onClose={onClose}
    />
  )
}

function choiceOf({id, key, title, status}: BoardTask): Choice {
  return {
    id,
    label: `${key} ${title}`,
    view: (
      <span>
        <TaskName taskKey={key} title={title} />
        <span className="visually-hidden">, {statusLabels[status]}</span>
      </span>
    ),
    icon: <StatusIcon status={status} />,
  }
}

function TaskName({taskKey, title}: {taskKey: string; title: string}) {
  return (
    <span>
      <span className="muted">{taskKey}</span> {title}
    </span>
  )
}
