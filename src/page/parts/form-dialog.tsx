/** A dialog with a form. The dialog closes when the server has accepted the request. */
import type {ReactNode} from 'react'
import {Dialog} from './dialog.tsx'
import {Form} from './form.tsx'

interface FormDialogProps {
  title: string
  /** The label of the button that sends the form. */
  action: string
  tone?: 'danger'
  onSubmit(fields: FormData): Promise<unknown>
  onClose(): void
  children: ReactNode
}

export function FormDialog({title, action, tone, onSubmit, onClose, children}: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        onSubmit={async fields => {
          await onSubmit(fields)
          onClose()
        }}
        actions={isBusy => (
          <div className="form-actions">
            <button type="button" className="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" className="button" data-kind={tone ?? 'primary'} disabled={isBusy}>
              {action}
            </button>
          </div>
        )}
      >
        {children}
      </Form>
    </Dialog>
  )
}
