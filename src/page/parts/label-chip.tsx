/** The name of a label on its colour. */
import type {LabelColor} from './words.ts'
import './label-chip.css'

export function LabelChip({name, color}: {name: string; color: LabelColor}) {
  return (
    <span className="label-chip" data-color={color}>
      {name}
    </span>
  )
}
