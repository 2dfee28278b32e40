/** The texts of checklist items that the server does not have: the text in the field for new items, and refused texts. */
import type {Drafts} from '../parts/drafts.ts'

export interface UnsentItems {
  /** Returns the text in the field. */
  current(): string
  /** Replaces the text in the field. After an empty text, a refused text is in the field. */
  replace(text: string): void
  /** Keeps a refused text. It waits until the field is empty. */
  giveBack(text: string): void
}

/** The texts are a draft, so that they survive when the panel closes. */
export function unsentItems(drafts: Drafts, taskId: string): UnsentItems {
  const key = `checklist ${taskId}`
  // The text of an item is one line.
  const read = () => drafts.read(key)?.texts?.split('\n') ?? []
  const write = (texts: string[]) => {
    const kept = texts.filter(text => text !== '')
    drafts.write(key, kept.length > 0 ? {texts: kept.join('\n')} : undefined)
  }
  return {
    current: () => read()[0] ?? '',
    replace: text => write([text, ...read().slice(1)]),
    giveBack: text => write([...read(), text]),
  }
}
