/**
 * A dialog that edits a thing which other members can edit at the same time. The form is saved only when no other version
 * was saved in the meantime. Otherwise, edits of different fields are merged, and for a field that both have changed, the
 * dialog shows both versions. What is not saved yet is a draft, which the next dialog of the thing restores.
 */
import {type ReactNode, useEffect, useLayoutEffect, useRef, useState} from 'react'
import {isProblem} from '../../client/api-client.ts'
import {type Draft, useDrafts} from './drafts.ts'
import styles from './edit-conflict.css?inline'
import {ConflictsContext} from './edit-conflict.tsx'
import {draftOfEdits, editsOfDraft} from './edit-drafts.ts'
import {useFieldConflicts} from './field-conflicts.ts'
import {editedFields} from './form.tsx'
import {DraftNote, FormDialog} from './form-dialog.tsx'
import {FormError} from './form-errors.ts'
import {fillIn, showSaved, textsIn} from './form-texts.ts'
import {addStyles} from './late-styles.ts'
import {mergeEdits} from './merge-edits.ts'

addStyles(styles)

type Noun = 'project' | 'sprint' | 'story' | 'task'

export interface EditDialogProps<T, Fields extends object> {
  title: string
  noun: Noun
  /** The thing when the dialog opened. Later versions do not change the fields. */
  thing: T
  /** Whether the screen no longer contains the thing, for example because another member has deleted it. */
  isGone: boolean
  /** Returns the texts of the fields, by their names. */
  textsOf(thing: T): Draft
  /** The inverse function of `textsOf`. */
  read(form: FormData): Fields
  /**
   * Saves the edited fields. Rejects with `version-mismatch` when the thing does not have the version `ifMatch`. `before`
   * is the thing in this version.
   */
  patch(request: {body: Partial<Fields>; ifMatch: number}, before: T): Promise<T>
  fetchCurrent(): Promise<T>
  secondary?: ReactNode
  onClose(): void
  /** Renders the fields. */
  children(opened: T): ReactNode
}

export function EditDialog<
  Fields extends object,
  T extends {id: string; version: number} & {[Name in keyof Fields]: unknown},
>(props: EditDialogProps<T, Fields>) {
  const {title, noun, thing, isGone, textsOf, read, patch, fetchCurrent, secondary, onClose, children} = props
  const [opened, setOpened] = useState(thing)
  const known = useRef(opened)
  const form = useRef<HTMLFormElement>(null)
  const isDiscarded = useRef(false)
  const draftKey = `edit ${noun} ${opened.id}`
  const draft = useEditDraft(draftKey, opened.version, textsOf(opened))
  const {conflicts, show, chooseAll} = useFieldConflicts(name => {
    const {version} = known.current
    draft.update(version, {[name]: textsOf(known.current)[name]!}, form.current!)
  })
  const {isDeleted, look} = useDeletion(noun, isGone, fetchCurrent)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft is restored only when the dialog opens
  useLayoutEffect(() => show(form.current!, draft.restore(form.current!), textsOf(opened)), [])

  /**
   * Repeats until no other member saves between the fetch and the request. What the member types during the request is not
   * sent, so the dialog then stays open.
   */
  async function submit(fields: FormData, element: HTMLFormElement): Promise<'keep-open' | undefined> {
    const body = editedFields(read(fields), known.current)
    if (Object.keys(body).length === 0) return draft.end()
    const sent = JSON.stringify(textsIn(element))
    try {
      known.current = await patch({body, ifMatch: known.current.version}, known.current)
    } catch (error) {
      if (isDiscarded.current) return
      if (!isProblem(error, 'version-mismatch')) throw look(error)
      await merge(element)
      return submit(new FormData(element), element)
    }
    if (isDiscarded.current || JSON.stringify(textsIn(element)) === sent) return draft.end()
    draft.startFrom(known.current.version, textsOf(known.current), element)
    return 'keep-open'
  }

  /** Merges the edits with the current version. Rejects when the member must choose between two texts of a field. */
  async function merge(element: HTMLFormElement): Promise<void> {
    const current = await fetchCurrent().catch(error => Promise.reject(look(error)))
    const saved = textsOf(current)
    const merged = mergeEdits(textsOf(known.current), textsIn(element), saved)
    known.current = current
    showSaved(element, merged.updates)
    draft.update(current.version, merged.updates, element)
    show(element, merged.conflicts, saved)
    if (merged.conflicts.length > 0) throw new FormError(conflictText(noun, element.isConnected))
  }

  /** The form then shows the latest version that the dialog knows. Other members may have saved it after the draft. */
  function discardDraft() {
    const element = form.current!
    const saved = textsOf(known.current)
    element.reset()
    showSaved(element, saved)
    setOpened(known.current)
    draft.startFrom(known.current.version, saved, element)
    show(element, [], {})
    element.querySelector<HTMLElement>('input, textarea')?.focus()
  }

  return (
    <FormDialog
      title={title}
      action={isDeleted ? undefined : 'Save changes'}
      error={isDeleted ? deletedText(noun) : undefined}
      ownDraftKey={draftKey}
      formRef={form}
      secondary={!isDeleted && secondary}
      onInput={draft.keep}
      onSubmit={submit}
      onDiscard={() => {
        isDiscarded.current = true
        draft.end()
      }}
      onClose={onClose}
      note={draft.isRestored && <DraftNote onDiscard={discardDraft} />}
    >
      {Object.keys(conflicts).length > 1 && (
        <p className="conflict-all">
          <button type="button" className="link-button" onClick={() => chooseAll('mine')}>
            Keep all my versions
          </button>
          <button type="button" className="link-button" onClick={() => chooseAll('saved')}>
            Use all saved versions
          </button>
        </p>
      )}
      <ConflictsContext value={conflicts}>{children(opened)}</ConflictsContext>
    </FormDialog>
  )
}

function conflictText(noun: Noun, isOpen: boolean): string {
  const fact = `This ${noun} was changed while you were editing.`
  if (!isOpen) return `${fact} Edit the ${noun} again to choose between the two versions.`
  return `${fact} Choose a version of each marked field, then save again.`
}

function deletedText(noun: Noun): string {
  return `This ${noun} was deleted. You can copy your text before you close this dialog.`
}

/** Keeps the edits as the draft with this key. `known` are the texts of the fields at `version`. */
function useEditDraft(key: string, version: number, known: Draft) {
  const drafts = useDrafts()
  const [isRestored, setRestored] = useState(() => drafts.read(key) !== undefined)
  const base = useRef({version, known})
  const latest = useRef(drafts.read(key))

  /** After this dialog was closed, a later dialog may have written a draft. This draft is newer, so it stays. */
  function write(draft: Draft | undefined) {
    if (![undefined, latest.current].includes(drafts.read(key))) return
    latest.current = draft
    drafts.write(key, draft)
  }

  function keep(form: HTMLFormElement) {
    write(draftOfEdits(base.current.version, base.current.known, textsIn(form)))
  }

  return {
    isRestored,
    keep,
    /** Writes the draft into the form. Returns the names of the fields that another member has changed since then. */
    restore(form: HTMLFormElement): string[] {
      const draft = drafts.read(key)
      if (!draft) return []
      const edits = editsOfDraft(draft)
      fillIn(form, edits.mine)
      // The screen may still show an earlier version than the draft. This version is not what another member has saved.
      if (edits.version > version) return []
      base.current = {version, known: {...known, ...edits.known}}
      return mergeEdits(base.current.known, edits.mine, known).conflicts
    },
    /** The member has seen these texts of another version. From now on, an edit of these fields replaces these texts. */
    update(version: number, texts: Draft, form: HTMLFormElement) {
      base.current = {version, known: {...base.current.known, ...texts}}
      keep(form)
    },
    /** From now on, the draft contains what differs from these texts. */
    startFrom(version: number, known: Draft, form: HTMLFormElement) {
      base.current = {version, known}
      keep(form)
      setRestored(false)
    },
    end(): undefined {
      write(undefined)
      setRestored(false)
    },
  }
}

/**
 * Finds out whether the thing was deleted. A thing that has left the screen is fetched again, because it may have been
 * moved. `look` takes the error of a request, and returns this error.
 */
function useDeletion(noun: Noun, isGone: boolean, fetchCurrent: () => Promise<unknown>) {
  const [isDeleted, setDeleted] = useState(false)
  const look = (error: unknown) => {
    if (isProblem(error, `${noun}-not-found`)) setDeleted(true)
    return error
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the thing is fetched once when it leaves the screen
  useEffect(() => {
    if (isGone) fetchCurrent().catch(look)
  }, [isGone])
  return {isDeleted, look}
}
