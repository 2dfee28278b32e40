/**
 * A dialog with a form. The dialog closes when the server has accepted the request. A dialog with a draft keeps the
 * entered values when it closes; any other dialog asks before it discards them.
 */
import {type ReactNode, type RefObject, useEffect, useRef, useState, useSyncExternalStore} from 'react'
import {type CloseReason, Dialog} from './dialog.tsx'
import {useDrafts} from './drafts.ts'
import {Form} from './form.tsx'
import {isEdited} from './form-texts.ts'

interface FormDialogProps {
  title: string
  /** The label of the button that sends the form, or undefined when the form can no longer be sent. */
  action: string | undefined
  tone?: 'danger'
  /** The key of the draft. See `Form`. */
  draftKey?: string
  /** See `Form`. */
  ownDraftKey?: string
  /** The form element, for an owner that reads the fields. */
  formRef?: RefObject<HTMLFormElement | null>
  /** An error that the owner knows. Shown in place of the errors of the form. */
  error?: string | undefined
  /** Shown above the form. */
  note?: ReactNode
  /** A quiet button at the start of the row of buttons, for example to delete the thing that the form edits. */
  secondary?: ReactNode
  /** Sends the form. The dialog closes, except when the promise resolves with `keep-open`. */
  onSubmit(fields: FormData, form: HTMLFormElement): Promise<unknown>
  /** Called after each input in a field. */
  onInput?: (form: HTMLFormElement) => void
  /** Called when the member discards what the form contains, before `onClose`. */
  onDiscard?: () => void
  onClose(): void
  children: ReactNode
}

export function FormDialog(props: FormDialogProps) {
  const {title, action, tone, draftKey, ownDraftKey, formRef, error, note, secondary} = props
  const {onSubmit, onInput, onDiscard, onClose, children} = props
  const ownRef = useRef<HTMLFormElement>(null)
  const form = formRef ?? ownRef
  const [isAsking, setAsking] = useState(false)
  useWarningBeforeUnload(form, draftKey === undefined)

  function close(reason: CloseReason) {
    if (isAsking) return setAsking(false)
    if (!isEdited(form.current)) return onClose()
    // A click beside the dialog is often a mistake.
    if (reason === 'backdrop') return
    if (draftKey === undefined) setAsking(true)
    else onClose()
  }

  return (
    <Dialog title={title} onClose={close}>
      {note}
      {draftKey !== undefined && <RestoredDraft draftKey={draftKey} form={form} />}
      <Form
        formRef={form}
        draftKey={draftKey}
        ownDraftKey={ownDraftKey}
        error={error}
        onInput={onInput}
        action={action ?? title}
        onSubmit={onSubmit}
        onSent={result => {
          if (result !== 'keep-open') onClose()
        }}
        actions={isBusy =>
          isAsking ? (
            <DiscardQuestion
              onKeep={() => setAsking(false)}
              onDiscard={() => {
                onDiscard?.()
                onClose()
              }}
            />
          ) : (
            <div className="form-actions">
              {secondary}
              <button type="button" className="button" onClick={() => close('button')}>
                {action === undefined ? 'Close' : 'Cancel'}
              </button>
              {action !== undefined && (
                <button type="submit" className="button" data-kind={tone ?? 'primary'} disabled={isBusy}>
                  {action}
                </button>
              )}
            </div>
          )
        }
      >
        {children}
      </Form>
    </Dialog>
  )
}

/** Asks in place of the buttons. When the question ends, the field that had the focus before gets the focus. */
function DiscardQuestion({onKeep, onDiscard}: {onKeep(): void; onDiscard(): void}) {
  const keep = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    keep.current!.focus()
    return () => before?.focus()
  }, [])
  return (
    <div className="form-actions">
      <p role="alert">Discard your changes?</p>
      <button ref={keep} type="button" className="button" onClick={onKeep}>
        Keep editing
      </button>
      <button type="button" className="button" data-kind="danger" onClick={onDiscard}>
        Discard changes
      </button>
    </div>
  )
}

/** Says that the form contains a draft, and offers to discard the draft. */
function RestoredDraft({draftKey, form}: {draftKey: string; form: RefObject<HTMLFormElement | null>}) {
  const drafts = useDrafts()
  const isDraft = useSyncExternalStore(drafts.subscribe, () => drafts.read(draftKey) !== undefined)
  const [isRestored, setRestored] = useState(isDraft)
  if (isRestored && !isDraft) setRestored(false) // what is typed from now on is a new draft
  if (!isRestored) return null
  return (
    <DraftNote
      onDiscard={() => {
        drafts.write(draftKey, undefined)
        form.current!.reset()
        form.current!.querySelector<HTMLElement>('input, textarea')?.focus()
      }}
    />
  )
}

/** Says that the form contains an unsaved draft. `onDiscard` must remove the note. */
export function DraftNote({onDiscard}: {onDiscard(): void}) {
  return (
    <p className="draft-note">
      This form contains your unsaved draft.{' '}
      <button type="button" className="link-button" onClick={onDiscard}>
        Discard draft
      </button>
    </p>
  )
}

/** While `isOn` is true, the browser asks before it leaves the page with a changed form. */
function useWarningBeforeUnload(form: RefObject<HTMLFormElement | null>, isOn: boolean) {
  useEffect(() => {
    if (!isOn) return
    const warn = (event: BeforeUnloadEvent) => {
      if (isEdited(form.current)) event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [form, isOn])
}
