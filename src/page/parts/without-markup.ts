/** Link targets, headings, quotes, table bars, rules, and the marks of bold, struck out and code. */
const marks = /\]\([^)\s]*\)?|!?\[|\*\*|~~|`+|^#+ |^> |[|\s]*:?-{3,}:?[|\s]*|\s*\|\s*/gm

/** Returns a part of a Markdown text without most of its marks, for a list in which the text is not laid out. */
export function withoutMarkup(text: string): string {
  return text.replace(marks, mark => (/[|-]/.test(mark) && !mark.startsWith(']') ? ' ' : ''))
}
