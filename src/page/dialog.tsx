/** Dialogs over the page: the browser's own, which keeps the focus within and gives it back. */
import {type ReactNode, useEffect, useId, useLayoutEffect, useRef} from 'react'
import {IconButton} from './icon-button.tsx'
import {CloseIcon} from './icons.tsx'
import './dialog.css'

interface DialogProps {
  title: string
  /** `center`: the page waits for it. `side`: a panel along the right edge, beside which the page goes on. */
  kind?: 'center' | 'side'
  onClose(): void
  children: ReactNode
}

export function Dialog({title, kind = 'center', onClose, children}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const latest = useRef(onClose)
  latest.current = onClose
  const isModal = kind === 'center'

  useLayoutEffect(() => {
    const {current} = dialog
    if (isModal) current!.showModal()
    else current!.show()
    // Who opens a form wants to write; what is to be chosen has a choice already.
    if (isModal) current!.querySelector<HTMLElement>('input, textarea')?.focus()
    // Closed before it is taken away, so that the focus goes back to where it was.
    return () => current!.close()
  }, [isModal])

  // The browser closes with Escape only what is modal.
  useEffect(() => {
    if (isModal) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog:modal')) {
        latest.current()
      }
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [isModal])

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
        if (isModal && event.target === dialog.current) onClose()
      }}
    >
      <div className="dialog-content">
        <header className="dialog-header">
          <h2 id={titleId}>{title}</h2>
          <IconButton label="Close" onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </header>
        {children}
      </div>
    </dialog>
  )
}
