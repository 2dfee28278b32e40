/** A button with only an icon. Its label is for screen readers, and its title is the tooltip. */
import type {ReactNode} from 'react'

interface IconButtonProps {
  label: string
  /** A shorter text for viewers who see the context. Default: the label. */
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
