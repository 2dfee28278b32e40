/** Chooses the labels of a task by typing. A name that no label has creates a label. */
import {useState} from 'react'
import type {Label} from '../../client/client.ts'
import {ChoiceDialog} from '../parts/choice-dialog.tsx'
import {LabelChip} from '../parts/label-chip.tsx'
import {useNotes} from '../parts/notes.tsx'
import {failureText, labelColors} from '../parts/words.ts'
import {EditLabels} from '../plan/edit-labels.tsx'
import {useSession} from '../session/session.tsx'
import {byName} from './labels.ts'

interface LabelPickerProps {
  projectId: string
  labels: readonly Label[]
  isChosen(label: Label): boolean
  onToggle(label: Label): void
  onClose(): void
}

export function LabelPicker({projectId, labels, isChosen, onToggle, onClose}: LabelPickerProps) {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const [isEditing, setEditing] = useState(false)

  async function create(name: string) {
    try {
      // Labels that are created one after another get different colours.
      const color = labelColors[(labels.length + 1) % labelColors.length]!
      onToggle(await api.call('POST /projects/{id}/labels', {params: {id: projectId}, body: {name, color}}))
      return true
    } catch (error) {
      showWarning(failureText(error, name))
      return false
    }
  }

  if (isEditing) {
    return <EditLabels projectId={projectId} labels={labels} onClose={() => setEditing(false)} />
  }
  return (
    <ChoiceDialog
      title="Labels"
      placeholder="Type to find or create a label"
      emptyText="This project has no labels. Type a name to create the first one."
      isMultiple
      choices={byName(labels).map(label => ({
        id: label.id,
        label: label.name,
        view: <LabelChip name={label.name} color={label.color} />,
        isChosen: isChosen(label),
      }))}
      onChoose={id => onToggle(labels.find(label => label.id === id)!)}
      onCreate={create}
      footer={
        <button type="button" className="quiet-button" onClick={() => setEditing(true)}>
          Rename, recolour or delete labels…
        </button>
      }
      onClose={onClose}
    />
  )
}
