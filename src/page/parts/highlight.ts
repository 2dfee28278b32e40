const highlightMs = 2_000

/** Unfolds and scrolls to the element, and outlines it for two seconds. */
export function highlight(element: HTMLElement): void {
  for (let fold = element.closest('details'); fold; fold = fold.parentElement?.closest('details') ?? null) {
    fold.open = true
  }
  element.scrollIntoView({block: 'nearest'})
  element.dataset.highlight = ''
  setTimeout(() => delete element.dataset.highlight, highlightMs)
}
