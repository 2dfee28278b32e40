/** A text in which the words of a search are marked. */
import type {ReactNode} from 'react'

export interface Range {
  start: number
  end: number
}

interface MarkedTextProps {
  text: string
  hits: readonly Range[]
  /** Changes each part between and inside the ranges. Default: shows the parts as they are. */
  show?: (part: string) => string
}

export function MarkedText({text, hits, show = part => part}: MarkedTextProps): ReactNode {
  return splitAtHits(text, hits)
    .map(show)
    .map((part, index) =>
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no ids
      index % 2 === 1 ? <mark key={index}>{part}</mark> : part,
    )
}

/** Splits a text at the ranges. Each second part is inside a range. Ranges that overlap an earlier range are ignored. */
export function splitAtHits(text: string, hits: readonly Range[]): string[] {
  const parts: string[] = []
  let from = 0
  for (const {start, end} of hits) {
    if (start < from || end > text.length) continue
    parts.push(text.slice(from, start), text.slice(start, end))
    from = end
  }
  return [...parts, text.slice(from)]
}
