/** A button that is an icon alone: its label is read aloud, and shown when the pointer rests on it. */
import type {ReactNode} from 'react'

export interface IconButtonProps {
  label: string
  /** Where less than the label will do for those who see what it belongs to. Default: the label. */
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
