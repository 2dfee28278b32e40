/**
 * The labels of a project: create, rename, recolour and delete. The dialog may be inside the form of a task, so it has no
 * form of its own.
 */

import {type KeyboardEvent, type ReactNode, type RefObject, useRef, useState} from 'react'
import type {Label} from '../../client/client.ts'
import {isComposing} from '../parts/composing.ts'
import {DeleteQuestion} from '../parts/delete-question.tsx'
import {Dialog} from '../parts/dialog.tsx'
import {IconButton} from '../parts/icon-button.tsx'
import {TrashIcon} from '../parts/icons.tsx'
import {useNotes} from '../parts/notes.tsx'
import {useSentChanges} from '../parts/sent-changes.ts'
import {failureText, type LabelColor, labelColorNames, labelColors} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import '../parts/label-chip.css'
import {addStyles} from '../parts/late-styles.ts'
import styles from './edit-labels.css?inline'

addStyles(styles)

const maxNameLength = 50 // as in the API

interface EditLabelsProps {
  projectId: string
  labels: readonly Label[]
  onClose(): void
}

export function EditLabels({projectId, labels, onClose}: EditLabelsProps) {
  const {api} = useSession()
  const attempt = useAttempt()
  const newName = useRef<HTMLInputElement>(null)
  return (
    <Dialog title="Edit labels" onClose={onClose}>
      <NewLabel
        input={newName}
        onCreate={(name, color) =>
          attempt('Label created', name, () =>
            api.call('POST /projects/{id}/labels', {params: {id: projectId}, body: {name, color}}),
          )
        }
      />
      <ul className="label-rows">
        {labels
          .toSorted((one, other) => (one.id < other.id ? 1 : -1))
          .map(label => (
            <LabelRow
              key={label.id}
              label={label}
              attempt={attempt}
              onAnswered={() => newName.current?.focus()}
            />
          ))}
      </ul>
      {labels.length === 0 && <p className="muted">This project has no labels yet.</p>}
    </Dialog>
  )
}

type Attempt = (act: string, subject: string, request: () => Promise<unknown>) => Promise<boolean>

/** Returns a function that sends a request, shows a warning when it fails, and returns whether it succeeded. */
function useAttempt(): Attempt {
  const {showWarning} = useNotes()
  const recordFinal = useRecordFinal()
  return async (act, subject, request) => {
    try {
      await recordFinal(`${act}: ${subject}`, request())
      return true
    } catch (error) {
      showWarning(failureText(error, subject))
      return false
    }
  }
}

type LabelEdit = Partial<Pick<Label, 'name' | 'color'>>

interface LabelRowProps {
  label: Label
  attempt: Attempt
  /** Moves the focus, because the pressed button disappears. */
  onAnswered(): void
}

function LabelRow({label, attempt, onAnswered}: LabelRowProps) {
  const {api} = useSession()
  const recordFinal = useRecordFinal()
  const [isAsking, setAsking] = useState(false)
  const [typed, setTyped] = useState<string>() // undefined while the field shows the name
  const sent = useRef<string>(undefined) // the sent name while it is in the field
  const params = {id: label.id}
  const {confirmed, pending, change} = useSentChanges<Label, LabelEdit>(label, async (body, turn) => {
    await turn
    const edit = api.call('PATCH /labels/{id}', {params, body})
    const saved = await recordFinal(`Label edited: ${label.name}`, edit)
    setTyped(typed => (typed?.trim() === body.name ? undefined : typed))
    return saved
  })
  const {name, color}: LabelEdit = Object.assign({}, confirmed, ...pending)

  /** A refused name stays in the field. It is not sent again before the member changes it or presses Enter. */
  function rename(isEnter = false) {
    const entered = typed?.trim()
    if (entered && entered !== name) {
      if (isEnter || entered !== sent.current) change({name: entered}, entered)
      sent.current = entered
    } else if (pending.length === 0) setTyped(undefined)
  }

  if (isAsking) {
    return (
      <li className="label-row">
        <DeleteQuestion
          question={`Delete “${label.name}”, also from all tasks?`}
          onKeep={() => {
            setAsking(false)
            onAnswered()
          }}
          onDelete={() => {
            onAnswered()
            void attempt('Label deleted', label.name, () => api.call('DELETE /labels/{id}', {params}))
          }}
        />
      </li>
    )
  }
  return (
    <li className="label-row">
      <ColorSelect
        label={`Colour of ${label.name}`}
        color={color!}
        onChange={color => change({color}, label.name)}
      />
      <div className="field">
        <input
          aria-label={`Name of ${label.name}`}
          value={typed ?? name}
          maxLength={maxNameLength}
          autoComplete="off"
          onChange={event => {
            sent.current = undefined
            setTyped(event.currentTarget.value)
          }}
          onBlur={() => rename()}
          onKeyDown={event => {
            onEnter(() => rename(true))(event)
            if (event.key !== 'Escape' || typed === undefined || isComposing(event)) return
            event.preventDefault() // the dialog stays open
            setTyped(undefined)
          }}
        />
      </div>
      <IconButton label={`Delete ${label.name}`} onClick={() => setAsking(true)}>
        <TrashIcon />
      </IconButton>
    </li>
  )
}

interface NewLabelProps {
  input: RefObject<HTMLInputElement | null>
  onCreate(name: string, color: LabelColor): Promise<boolean>
}

function NewLabel({input, onCreate}: NewLabelProps) {
  const [name, setName] = useState('')
  const [color, setColor] = useState<LabelColor>('blue')
  const [isBusy, setBusy] = useState(false)

  async function create() {
    if (name.trim() === '' || isBusy) return
    setBusy(true)
    const isCreated = await onCreate(name.trim(), color)
    setBusy(false)
    if (!isCreated) return
    setName(typed => (typed === name ? '' : typed)) // what was typed since then is not sent, so it stays
    const next = labelColors[(labelColors.indexOf(color) + 1) % labelColors.length]!
    setColor(chosen => (chosen === color ? next : chosen))
    // When another label has the focus, the member is editing it.
    if (!document.activeElement?.closest('.label-rows')) input.current?.focus()
  }

  return (
    <div className="label-row">
      <ColorSelect label="Colour of the new label" color={color} onChange={setColor} />
      <div className="field">
        <input
          ref={input}
          aria-label="Name of the new label"
          placeholder="New label"
          value={name}
          maxLength={maxNameLength}
          autoComplete="off"
          onChange={event => setName(event.currentTarget.value)}
          onKeyDown={onEnter(() => void create())}
        />
      </div>
      <button
        type="button"
        className="button"
        data-kind="primary"
        disabled={name.trim() === ''}
        onClick={() => void create()}
      >
        Create
      </button>
    </div>
  )
}

interface ColorSelectProps {
  label: string
  color: LabelColor
  onChange(color: LabelColor): void
}

function ColorSelect({label, color, onChange}: ColorSelectProps): ReactNode {
  return (
    <select
      className="label-chip"
      aria-label={label}
      data-color={color}
      value={color}
      onChange={event => onChange(event.currentTarget.value as LabelColor)}
    >
      {labelColors.map(color => (
        <option key={color} value={color}>
          {labelColorNames[color]}
        </option>
      ))}
    </select>
  )
}

/** Enter must not send the form around the dialog. */
function onEnter(act: () => void) {
  return (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || isComposing(event)) return
    event.preventDefault()
    act()
  }
}
