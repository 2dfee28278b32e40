/** Dialogs over the page: the browser's own, which keeps the focus within and gives it back. */
import {type ReactNode, useEffect, useId, useRef} from 'react'
import {CloseIcon} from './icons.tsx'
import './dialog.css'

interface DialogProps {
  title: string
  /** `side`: a panel along the right edge. */
  kind?: 'center' | 'side'
  onClose(): void
  children: ReactNode
}

export function Dialog({title, kind = 'center', onClose, children}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => dialog.current?.showModal(), [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it from the keyboard
    <dialog
      ref={dialog}
      className="dialog"
      data-kind={kind}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={event => {
        // What is not within the dialog's content is its backdrop.
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className="dialog-content">
        <header className="dialog-header">
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
