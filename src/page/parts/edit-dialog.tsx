/**
 * A dialog that edits a thing which other members can edit at the same time. The form is saved only when no other version
 * was saved in the meantime. Otherwise, edits of different fields are merged, and for a field that both have changed, the
 * dialog shows both versions.
 */
import {type ReactNode, useEffect, useRef, useState} from 'react'
import {isProblem} from '../../client/api-client.ts'
import type {Draft} from './drafts.ts'
import {type Conflict, ConflictsContext} from './edit-conflict.tsx'
import {editedFields} from './form.tsx'
import {FormDialog} from './form-dialog.tsx'
import {FormError} from './form-errors.ts'
import {displayedText, fillIn, showSaved, textsIn} from './form-texts.ts'
import {mergeEdits} from './merge-edits.ts'
import './edit-conflict.css'

interface EditDialogProps<T, Fields extends object> {
  title: string
  /** The word for the thing in sentences, for example `task`. */
  noun: string
  /** The thing when the dialog opened. Later versions do not change the fields. */
  thing: T
  /** Returns the texts of the fields, by their names. */
  textsOf(thing: T): Draft
  /** The inverse function of `textsOf`. */
  read(form: FormData): Fields
  /** Saves the edited fields. Rejects with `version-mismatch` when the thing does not have the version `ifMatch`. */
  patch(request: {body: Partial<Fields>; ifMatch: number}): Promise<T>
  fetchCurrent(): Promise<T>
  secondary?: ReactNode
  onClose(): void
  /** Renders the fields. */
  children(opened: T): ReactNode
}

export function EditDialog<
  Fields extends object,
  T extends {version: number} & {[Name in keyof Fields]: unknown},
>(props: EditDialogProps<T, Fields>) {
  const {title, noun, thing, textsOf, read, patch, fetchCurrent, secondary, onClose, children} = props
  const [opened] = useState(thing)
  const known = useRef(opened)
  const {conflicts, show, chooseAll} = useConflicts()
  const isInConflict = Object.keys(conflicts).length > 0

  /**
   * Repeats until no other member saves between the fetch and the request. What the member types during the request is not
   * sent, so the dialog then stays open.
   */
  async function submit(fields: FormData, form: HTMLFormElement): Promise<'keep-open' | undefined> {
    const body = editedFields(read(fields), known.current)
    if (Object.keys(body).length === 0) return
    const sent = JSON.stringify(textsIn(form))
    try {
      known.current = await patch({body, ifMatch: known.current.version})
      return JSON.stringify(textsIn(form)) === sent ? undefined : 'keep-open'
    } catch (error) {
      if (!isProblem(error, 'version-mismatch')) throw error
      const current = await fetchCurrent()
      const saved = textsOf(current)
      const merged = mergeEdits(textsOf(known.current), textsIn(form), saved)
      known.current = current
      showSaved(form, merged.updates)
      show(form, merged.conflicts, saved)
      if (merged.conflicts.length > 0) throw new FormError(conflictText(noun))
      return submit(new FormData(form), form)
    }
  }

  return (
    <FormDialog title={title} action="Save changes" secondary={secondary} onSubmit={submit} onClose={onClose}>
      <ConflictsContext value={conflicts}>{children(opened)}</ConflictsContext>
      {isInConflict && (
        <p className="conflict-all">
          <button type="button" className="link-button" onClick={() => chooseAll('mine')}>
            Keep all of mine
          </button>
          <button type="button" className="link-button" onClick={() => chooseAll('saved')}>
            Take all that was saved
          </button>
        </p>
      )}
    </FormDialog>
  )
}

function conflictText(noun: string): string {
  return `This ${noun} was changed while you were editing. Choose a version of each marked field, then save again.`
}

/** The values of a field that two members have changed. */
interface Versions {
  /** What the field contains when the member chooses a version. Typing in the field changes the chosen version. */
  values: {mine: string; saved: string}
  /** What the other member has saved, as the member reads it. */
  savedText: string
  chosen: 'mine' | 'saved' | undefined
}

function useConflicts() {
  const [versions, setVersions] = useState<Readonly<Record<string, Versions>>>({})
  const form = useRef<HTMLFormElement>(undefined)
  const names = Object.keys(versions).join(' ')
  useEffect(() => {
    if (!names) return
    const {current} = form
    current!.querySelector<HTMLElement>('.conflict input')?.focus()
    current!.addEventListener('input', keepTyped)
    return () => current!.removeEventListener('input', keepTyped)

    function keepTyped({target}: Event) {
      const {name, value} = target as HTMLInputElement
      setVersions(known => {
        const field = known[name]
        if (!field) return known
        return {...known, [name]: {...field, values: {...field.values, [field.chosen ?? 'mine']: value}}}
      })
    }
  }, [names])

  function show(element: HTMLFormElement, conflicting: readonly string[], saved: Draft) {
    form.current = element
    const mine = textsIn(element)
    const versionsOf = (name: string): Versions => ({
      values: {mine: mine[name]!, saved: saved[name]!},
      savedText: displayedText(element, name, saved[name]!),
      chosen: undefined,
    })
    setVersions(Object.fromEntries(conflicting.map(name => [name, versionsOf(name)])))
  }

  const conflictOf = (name: string, {values, savedText, chosen}: Versions): Conflict => ({
    mine: displayedText(form.current!, name, values.mine),
    saved: savedText,
    chosen,
    choose(next) {
      fillIn(form.current!, {[name]: values[next]})
      setVersions(known => ({...known, [name]: {...known[name]!, chosen: next}}))
    },
  })
  const conflicts = Object.fromEntries(
    Object.entries(versions).map(([name, version]) => [name, conflictOf(name, version)]),
  )

  function chooseAll(chosen: 'mine' | 'saved') {
    for (const {choose} of Object.values(conflicts)) choose(chosen)
  }

  return {conflicts, show, chooseAll}
}
