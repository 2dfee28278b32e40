/** Chooses a task that blocks the open task: a task of the board by typing, or a task elsewhere by its key. */
import {useState} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {LoadError} from '../parts/page-states.tsx'
import {statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {findTaskByName} from './find-task-by-name.ts'

interface BlockerPickerProps {
  /** The task that is blocked. */
  task: BoardTask
  /** The tasks of the board that can become blockers. */
  known: readonly BoardTask[]
  blockerIds: readonly string[]
  onChoose(blocker: BoardTask): void
  onClose(): void
}

export function BlockerPicker({task, known, blockerIds, onChoose, onClose}: BlockerPickerProps) {
  const {api} = useSession()
  const [text, setText] = useState('')
  const key = unknownKey(text, [task, ...known])
  const found = useFetched(key ?? false, () => findTaskByName(api, key!))
  const {value} = found
  const isPossible = value?.project_id === task.project_id && !blockerIds.includes(value.id)
  const choices = isPossible ? [...known, value] : known
  const isLooking = key !== undefined && value === undefined
  return (
    <ChoiceDialog
      title={`What blocks “${task.title}”?`}
      placeholder="Type a title or a key"
      emptyText={
        isLooking ? `Looking for ${key}…` : 'No task found. Type the whole key of a task of another sprint.'
      }
      choices={choices.map(({id, key, title, status}) => ({
        id,
        label: `${key} ${title}`,
        view: (
          <>
            <span className="muted">{key}</span> {title}
            <span className="visually-hidden">, {statusLabels[status]}</span>
          </>
        ),
        icon: <StatusIcon status={status} />,
      }))}
      onType={setText}
      onChoose={id => onChoose(choices.find(task => task.id === id)!)}
      footer={<LoadError of={found}>Could not look for this key.</LoadError>}
      onClose={onClose}
    />
  )
}

/** Returns the key that the member has typed, or undefined when the text is no key, or is the key of one of the tasks. */
function unknownKey(text: string, tasks: readonly BoardTask[]): string | undefined {
  const key = text.trim().toUpperCase()
  const isKey = /^[A-Z][A-Z\d]{1,9}-[1-9]\d{0,9}$/.test(key)
  return isKey && !tasks.some(task => task.key === key) ? key : undefined
}
