/**
 * A button that shows only an icon. Screen readers read the label of the button. The title of the button is its
 * tooltip.
 */
import type {ReactNode} from 'react'

interface IconButtonProps {
  label: string
  /**
   * The tooltip. The tooltip may be shorter than the label, because a person who sees the button also sees its context.
   * Default: the label.
   */
  title?: string
  onClick(): void
  children: ReactNode
}

export function IconButton({label, title = label, onClick, children}: IconButtonProps) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={title} onClick={onClick}>
      {children}
    </button>
  )
}
