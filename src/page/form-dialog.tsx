/** A dialog with a form: it stays open until the server has taken what was entered. */
import {type ReactNode, useState} from 'react'
import {Dialog} from './dialog.tsx'
import {refusal} from './notices.ts'

interface FormDialogProps {
  title: string
  /** What the button says that sends it. */
  action: string
  tone?: 'danger'
  /** What is refused is said in the dialog, and nothing that was entered is lost. */
  onSubmit(fields: FormData): Promise<unknown>
  onClose(): void
  children: ReactNode
}

export function FormDialog({title, action, tone, onSubmit, onClose, children}: FormDialogProps) {
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  async function submit(fields: FormData) {
    setBusy(true)
    setError(undefined)
    try {
      await onSubmit(fields)
      onClose()
    } catch (error) {
      setBusy(false)
      const {title: what, detail} = refusal(error, title)
      setError(what === 'That was refused' ? detail : `${what}. ${detail}`)
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="form"
        onSubmit={event => {
          event.preventDefault()
          void submit(new FormData(event.currentTarget))
        }}
      >
        {children}
        {error && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        <div className="form-acts">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button" data-kind={tone ?? 'primary'} disabled={isBusy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

interface TextFieldProps {
  label: string
  name: string
  value?: string | undefined
  hint?: string
  isRequired?: boolean
  /** Several lines. */
  isLong?: boolean
  type?: 'text' | 'date' | 'number'
}

export function TextField({
  label,
  name,
  value = '',
  hint,
  isRequired,
  isLong,
  type = 'text',
}: TextFieldProps) {
  const common = {name, defaultValue: value, required: isRequired, placeholder: hint}
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is one of the two within
    <label className="field">
      <span>{label}</span>
      {isLong ? (
        <textarea {...common} rows={4} maxLength={10_000} />
      ) : (
        <input
          {...common}
          type={type}
          maxLength={200}
          autoComplete="off"
          {...(type === 'number' && {min: 0, max: 100_000, step: 'any'})}
        />
      )}
    </label>
  )
}

/** What stands in a field, trimmed; '' where it is empty or missing. */
export function textOf(fields: FormData, name: string): string {
  return String(fields.get(name) ?? '').trim()
}

/** What is not as it was shown: whoever edits one field leaves the others as somebody else may have made them meanwhile. */
export function edited<T extends object>(fields: T, shown: {[K in keyof T]: unknown}): Partial<T> {
  const isEdited = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(shown[name as keyof T])
  return Object.fromEntries(Object.entries(fields).filter(isEdited)) as Partial<T>
}
