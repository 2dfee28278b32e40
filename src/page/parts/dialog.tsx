/**
 * Dialogs. All dialogs use the `<dialog>` element. The `<dialog>` element keeps the focus inside the dialog, and
 * restores the focus when the dialog closes.
 */
import {type ReactNode, useEffect, useId, useLayoutEffect, useRef} from 'react'
import {IconButton} from './icon-button.tsx'
import {CloseIcon} from './icons.tsx'
import './dialog.css'

interface DialogProps {
  title: string
  /**
   * `center` is a modal dialog. `side` is a panel at the right edge, and the rest of the page stays usable. Default
   * `center`.
   */
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
    // The first text field gets the focus. A select element does not need the focus, because a select element already
    // has a value.
    if (isModal) current!.querySelector<HTMLElement>('input, textarea')?.focus()
    // A dialog restores the focus when the dialog closes. So the dialog must be closed before React removes the dialog.
    return () => current!.close()
  }, [isModal])

  // The browser handles Escape only for modal dialogs.
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
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes the dialog
    <dialog
      ref={dialog}
      className="dialog"
      data-kind={kind}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={event => {
        // When the target of a click is the dialog element and not its content, the viewer clicked on the backdrop.
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
