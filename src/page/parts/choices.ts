/** A list of choices that a member narrows by typing. */
import type {ReactNode} from 'react'

export interface Choice {
  id: string
  label: string
  icon?: ReactNode
  /** Shown in place of the label. */
  view?: ReactNode
  isChosen?: boolean
  /** The heading above this choice. The heading applies to all choices before the next heading. */
  heading?: string
}

/** Returns the choices whose labels contain all words of the text, in any order. Choices that start with the text come first. */
export function matchingChoices<T extends Pick<Choice, 'label'>>(choices: readonly T[], text: string): T[] {
  const typed = text.trim().toLowerCase()
  const words = typed.split(/\s+/).filter(Boolean)
  const matching = choices.filter(({label}) => words.every(word => label.toLowerCase().includes(word)))
  const startsWith = ({label}: T) => label.toLowerCase().startsWith(typed)
  return [...matching.filter(startsWith), ...matching.filter(choice => !startsWith(choice))]
}

/**
 * Returns the index of the marked choice: the first one until the member has marked another. Returns -1 when the marked
 * choice has disappeared, because another choice must not silently take its place.
 */
export function markedIndex(ids: readonly string[], markedId: string | undefined): number {
  return markedId === undefined ? Math.min(0, ids.length - 1) : ids.indexOf(markedId)
}

/** Returns the id of the choice that an arrow key marks. */
export function nextMarked(
  ids: readonly string[],
  current: number,
  key: 'ArrowDown' | 'ArrowUp',
): string | undefined {
  if (key === 'ArrowDown') return ids[(current + 1) % ids.length]
  return ids.at(current <= 0 ? -1 : current - 1)
}

/** Whether one of the choices has exactly this label, in any case. */
export function isLabelOf(choices: readonly Pick<Choice, 'label'>[], text: string): boolean {
  return choices.some(({label}) => label.toLowerCase() === text.trim().toLowerCase())
}
