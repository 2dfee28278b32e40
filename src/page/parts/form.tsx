/** A form has fields with labels and errors, and sends the entered values in a request. */
import {
  createContext,
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import {isSignedOut} from '../../client/api-client.ts'
import {type Draft, type Drafts, useDrafts} from './drafts.ts'
import {ConflictChoice} from './edit-conflict.tsx'
import {closedFormText, type FieldName, type FormErrors, fieldLabels, formErrorsFor} from './form-errors.ts'
import {fillIn, isEdited, textsIn} from './form-texts.ts'
import {useNotes} from './notes.tsx'
import {SignInAgainContext} from './sign-in-again.ts'

const noErrors: FormErrors = {fields: {}, form: undefined}
const FieldErrorsContext = createContext(noErrors.fields)

interface FormProps {
  className?: string
  /** The form element, for an owner that reads the fields. */
  formRef?: RefObject<HTMLFormElement | null>
  /** The key of the draft that keeps the entered values until they are sent. Without a key, there is no draft. */
  draftKey?: string | undefined
  /** The key of a draft that the owner writes itself. Default: `draftKey`. */
  ownDraftKey?: string | undefined
  /** An error that the owner knows. Shown in place of an error that belongs to no field. */
  error?: string | undefined
  /** Called after each input in a field. */
  onInput?: ((form: HTMLFormElement) => void) | undefined
  /** What the form does, for the warning when it fails after it was closed. */
  action: string
  /** Sends the form. When the promise rejects, the form shows the errors and keeps the entered values. */
  onSubmit(fields: FormData, form: HTMLFormElement): Promise<unknown>
  /**
   * Called with the result of `onSubmit`. Not called when the form was closed in the meantime. A form that was then opened
   * again, and still contains what was sent, calls its `onSent` without a result.
   */
  onSent?: ((result?: unknown) => void) | undefined
  /** Renders the buttons. `isBusy` is true while a request is in progress. */
  actions(isBusy: boolean): ReactNode
  /** The fields. */
  children: ReactNode
}

export function Form(props: FormProps) {
  const {
    className = 'form',
    formRef,
    draftKey,
    ownDraftKey = draftKey,
    error: knownError,
    onInput,
    action,
    onSubmit,
    onSent,
    actions,
    children,
  } = props
  const {showWarning} = useNotes()
  const {signIns, askToSignIn} = useContext(SignInAgainContext)
  const [errors, setErrors] = useState(noErrors)
  const [mustSignIn, setMustSignIn] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const ownRef = useRef<HTMLFormElement>(null)
  const form = formRef ?? ownRef
  const drafts = useDrafts()
  const {saveDraft, endDraft} = useDraftOf(form, draftKey, drafts, onSent)
  const formError = knownError ?? errors.form
  const isOpen = useRef(true)
  useEffect(() => {
    isOpen.current = true
    return () => {
      isOpen.current = false
    }
  }, [])

  useEffect(() => {
    if (errors !== noErrors) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [errors, form])

  // After a sign-in, the errors disappear, because the member can send the form again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run after each sign-in
  useEffect(() => setErrors(noErrors), [signIns])

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (isBusy) return
    const element = event.currentTarget
    const fields = new FormData(element)
    const sent = textsIn(element)
    setBusy(true)
    setErrors(noErrors)
    try {
      const result = await onSubmit(fields, element)
      // The member may have closed the form, and opened it again.
      if (!isOpen.current) return endDraft(sent)
      // What the member has typed since then is not sent, so it stays.
      if (JSON.stringify(textsIn(element)) === JSON.stringify(sent)) element.reset()
      saveDraft(element)
      onSent?.(result)
    } catch (error) {
      const isKept = drafts.read(ownDraftKey ?? '') !== undefined
      if (!isOpen.current) showWarning(closedFormText(action, error, isKept))
      const entered = Object.fromEntries(
        [...fields.keys()].map(name => [name, textOf(fields, name as FieldName)]),
      )
      setErrors(formErrorsFor(error, entered))
      setMustSignIn(isSignedOut(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      ref={form}
      className={className}
      onSubmit={event => void submit(event)}
      onReset={() => setErrors(noErrors)}
      onInput={({currentTarget}) => {
        saveDraft(currentTarget)
        onInput?.(currentTarget)
      }}
    >
      <FieldErrorsContext value={errors.fields}>{children}</FieldErrorsContext>
      {formError && (
        <p className="form-error" role="alert">
          {formError}
          {mustSignIn && (
            <>
              {' '}
              <button type="button" className="link-button" onClick={askToSignIn}>
                Sign in
              </button>
            </>
          )}
        </p>
      )}
      {actions(isBusy)}
    </form>
  )
}

/**
 * Writes the draft into the form when the form appears. `saveDraft` keeps the texts of the form as the draft. `endDraft`
 * deletes the draft after its texts were sent. A form that was opened in the meantime is then reset, and calls `onSent`.
 */
function useDraftOf(
  form: RefObject<HTMLFormElement | null>,
  key: string | undefined,
  drafts: Drafts,
  onSent: FormProps['onSent'],
) {
  useLayoutEffect(() => {
    const draft = key === undefined ? undefined : drafts.read(key)
    if (draft) fillIn(form.current!, draft)
  }, [form, drafts, key])
  useEffect(
    () =>
      drafts.subscribe(endedKey => {
        if (endedKey === undefined || endedKey !== key) return
        form.current?.reset()
        onSent?.()
      }),
    [form, drafts, key, onSent],
  )
  return {
    saveDraft(element: HTMLFormElement) {
      if (key !== undefined) drafts.write(key, isEdited(element) ? textsIn(element) : undefined)
    },
    endDraft(sent: Draft) {
      if (key !== undefined) drafts.end(key, sent)
    },
  }
}

interface TextFieldProps {
  name: FieldName
  value?: string | undefined
  placeholder?: string
  isRequired?: boolean
  /** Whether the label is invisible. Screen readers read the label even if it is invisible. */
  isLabelHidden?: boolean
  /** Whether the field gets the focus when it appears. */
  hasFocus?: boolean
  /** The number of lines. Default 1. In a field with several lines, Ctrl+Enter sends the form. */
  rows?: number
  /** The maximum length in UTF-16 code units. Default 200, or 10,000 for a field with several lines. */
  maxLength?: number
  type?: 'text' | 'date' | 'number'
  /** The whole numbers that a field for a number accepts. Default: all numbers from 0 to 100,000. */
  range?: {min: number; max: number}
  /** A sentence about the format of the text, shown below the field. Default: none. */
  hint?: string
}

export function TextField(props: TextFieldProps) {
  const {
    name,
    value = '',
    placeholder,
    isRequired,
    isLabelHidden,
    hasFocus,
    rows = 1,
    type = 'text',
    range,
    hint,
  } = props
  const isLong = rows > 1
  const {maxLength = isLong ? 10_000 : 200} = props
  const field = useField(name, isLabelHidden, hint)
  const common = {
    ...field.control,
    defaultValue: value,
    required: isRequired,
    placeholder,
    maxLength,
    autoFocus: hasFocus,
  }
  return (
    <div className="field">
      {field.label}
      {isLong ? (
        <textarea {...common} rows={rows} onKeyDown={submitOnCtrlEnter} />
      ) : (
        <input
          {...common}
          type={type}
          autoComplete="off"
          {...(type === 'number' && (range ?? {min: 0, max: 100_000, step: 'any'}))}
        />
      )}
      {field.hint}
      {field.error}
      {field.conflict}
    </div>
  )
}

interface SelectFieldProps {
  name: FieldName
  value?: string | undefined
  options: readonly {id: string; label: string}[]
}

export function SelectField({name, value, options}: SelectFieldProps) {
  const field = useField(name)
  return (
    <div className="field">
      {field.label}
      <select {...field.control} className="select" defaultValue={value}>
        {options.map(({id, label}) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      {field.error}
      {field.conflict}
    </div>
  )
}

interface FieldProps {
  name: FieldName
  /** Renders the control. `attributes` connect it with the label and the error. */
  children(attributes: {id: string}): ReactNode
}

/** The label, error and conflict of a field that needs another control than a text field. */
export function Field({name, children}: FieldProps) {
  const field = useField(name)
  const {name: _, ...attributes} = field.control
  return (
    <div className="field">
      {field.label}
      {children(attributes)}
      {field.error}
      {field.conflict}
    </div>
  )
}

/** Returns the entered text, trimmed. The text is empty when the field is empty or missing. */
export function textOf(fields: FormData, name: FieldName): string {
  return String(fields.get(name) ?? '').trim()
}

/**
 * Returns the fields that the viewer has changed. Only these fields are sent, so that other members' changes to other
 * fields are not overwritten.
 */
export function editedFields<T extends object>(fields: T, shown: {[K in keyof T]: unknown}): Partial<T> {
  const isEdited = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(shown[name as keyof T])
  return Object.fromEntries(Object.entries(fields).filter(isEdited)) as Partial<T>
}

function useField(name: FieldName, isLabelHidden = false, hint?: string) {
  const id = useId()
  const error = useContext(FieldErrorsContext)[name]
  const errorId = `${id}-error`
  const hintId = `${id}-hint`
  const describedBy = [error && errorId, hint && hintId].filter(Boolean).join(' ')
  return {
    control: {
      id,
      name,
      ...(error && {'aria-invalid': true}),
      ...(describedBy && {'aria-describedby': describedBy}),
    },
    hint: hint && (
      <p id={hintId} className="field-hint">
        {hint}
      </p>
    ),
    label: (
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : undefined}>
        {fieldLabels[name]}
      </label>
    ),
    error: error && (
      <p id={errorId} className="field-error">
        {error}
      </p>
    ),
    conflict: <ConflictChoice name={name} label={fieldLabels[name]} />,
  }
}

function submitOnCtrlEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit()
}
