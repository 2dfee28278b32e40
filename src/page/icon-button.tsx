/** A button that shows only an icon. Screen readers read its label, and its title is the tooltip. */
import type {ReactNode} from 'react'

interface IconButtonProps {
  label: string
  /** The tooltip. It may be shorter than the label, because its viewers see the context. Default: the label. */
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
