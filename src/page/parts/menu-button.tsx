/** A button that opens a menu, and closes it again. */
import {type ReactNode, useCallback, useRef, useState} from 'react'

interface MenuButtonProps {
  /** The name of the button for screen readers. */
  label: string
  title: string
  /** Default: the class of a button with only an icon. */
  className?: string
  children: ReactNode
  /** Returns the open menu. */
  menu(anchored: Anchored): ReactNode
}

/** The properties of a menu that a button opens. */
export interface Anchored {
  /** Returns the button that has opened the menu. */
  findAnchor(): HTMLElement | undefined
  onClose(): void
}

export function MenuButton({label, title, className = 'icon-button', children, menu}: MenuButtonProps) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const findAnchor = useCallback(() => button.current ?? undefined, [])
  const onClose = useCallback(() => setOpen(false), [])
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={title}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </button>
      {isOpen && menu({findAnchor, onClose})}
    </>
  )
}
