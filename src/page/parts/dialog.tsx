/**
 * Dialogs. All dialogs use the `<dialog>` element. The `<dialog>` element keeps the focus inside the dialog, and
 * restores the focus when the dialog closes.
 */
import {type ReactNode, useEffect, useId, useLayoutEffect, useRef} from 'react'
import {isComposing} from './composing.ts'
import {IconButton} from './icon-button.tsx'
import {CloseIcon} from './icons.tsx'
import {addModal, openModals} from './modals.ts'
import './dialog.css'

/** What asked the dialog to close. `escape` also stands for the gesture "back" of a phone. */
export type CloseReason = 'button' | 'escape' | 'backdrop'

/** `center` is a modal dialog. `side` is a panel at the right edge, and the rest of the page stays usable. */
export type DialogKind = 'center' | 'side'

interface DialogProps {
  title: string
  /** Shown at the left of the bar of a panel. Default: nothing. */
  above?: ReactNode
  /** Buttons in the bar of a panel, before the button that closes the panel. Default: none. */
  actions?: ReactNode
  /** Default `center`. */
  kind?: DialogKind
  /** Whether the dialog only stands for another one that is loading. It is then shown after a delay. Default false. */
  isPending?: boolean
  /** Called when the viewer asks to close the dialog. The dialog stays open until its owner no longer renders it. */
  onClose(reason: CloseReason): void
  children: ReactNode
}

export function Dialog(props: DialogProps) {
  const {title, above, actions, kind = 'center', isPending, onClose, children} = props
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const titleId = useId()
  const latest = useRef(onClose)
  latest.current = onClose
  const isModal = kind === 'center'
  const isPressOnBackdrop = useRef(false)

  useLayoutEffect(() => {
    const {current} = dialog
    if (isModal) current!.showModal()
    else {
      current!.show()
      // The browser would give the focus to the first button, which is not why the panel was opened.
      heading.current!.focus({preventScroll: true})
    }
    const remove = isModal ? addModal(current!) : undefined
    // The first text field gets the focus. A select element does not need the focus, because a select element already
    // has a value.
    if (isModal) current!.querySelector<HTMLElement>('input, textarea')?.focus()
    // A dialog restores the focus when the dialog closes. So the dialog must be closed before React removes the dialog.
    return () => {
      current!.close()
      remove?.()
    }
  }, [isModal])

  // The browser handles Escape only for modal dialogs.
  useEffect(() => {
    if (isModal) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return
      // The browser may have closed a modal dialog a moment before its owner knows.
      if (openModals.get().length > 0) return
      event.preventDefault() // one press closes only the panel
      latest.current('escape')
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [isModal])

  /** The browser can close a dialog without asking, for example when Escape is pressed twice. The owner still decides. */
  function onClosedByBrowser() {
    latest.current('escape')
    setTimeout(() => {
      if (dialog.current && !dialog.current.open) dialog.current.showModal()
    })
  }

  const head = (
    <h2 ref={heading} id={titleId} tabIndex={isModal ? undefined : -1}>
      {title}
    </h2>
  )
  return (
    <dialog
      ref={dialog}
      className="dialog"
      data-kind={kind}
      data-pending={isPending || undefined}
      aria-labelledby={titleId}
      onClose={onClosedByBrowser}
      onCancel={event => {
        event.preventDefault()
        onClose('escape')
      }}
      onKeyDown={event => {
        if (!isModal || event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return
        // Without this call, the browser closes the dialog after the second press.
        event.preventDefault()
        onClose('escape')
      }}
      // When the target is the dialog element and not its content, the viewer pressed the backdrop. A text selection that
      // starts in the dialog and ends outside is a click on the backdrop, but not a press on the backdrop.
      onPointerDown={event => {
        isPressOnBackdrop.current = event.target === dialog.current
      }}
      onClick={event => {
        if (isModal && event.target === dialog.current && isPressOnBackdrop.current) onClose('backdrop')
      }}
      onScroll={({currentTarget}) => {
        // The heading of a modal dialog never scrolls away.
        const start = isModal ? 1 : heading.current!.offsetTop
        currentTarget.toggleAttribute('data-scrolled', currentTarget.scrollTop >= start)
      }}
    >
      <div className="dialog-content">
        {!isModal && head}
        {/* The bar of a panel repeats the title while the heading is scrolled away. */}
        <div className="dialog-header" data-title={title}>
          {isModal && head}
          {above}
          {actions}
          <IconButton label="Close" onClick={() => onClose('button')}>
            <CloseIcon />
          </IconButton>
        </div>
        {children}
      </div>
    </dialog>
  )
}
