/** The texts of checklist items that the server has not confirmed. They survive when the panel closes, and a reload. */
import type {ChecklistItem} from '../../client/client.ts'
import type {Draft, Drafts} from '../parts/drafts.ts'

export interface UnsentItems {
  /**
   * Returns the texts. The key of a text is `field` in the field for new items, the id of the change for a sent new item, and
   * the id of the item for an edit. Returns the same object until a text changes.
   */
  current(): Draft
  /** Keeps the text. When `text` is undefined, deletes the text. */
  write(key: string, text: string | undefined): void
}

const none: Draft = {}

export function unsentItems(drafts: Drafts, taskId: string): UnsentItems {
  const draftKey = `checklist ${taskId}`
  const current = () => drafts.read(draftKey) ?? none
  return {
    current,
    write(key, text) {
      const {[key]: known, ...others} = current()
      if (known === text) return
      if (text !== undefined) drafts.write(draftKey, {...others, [key]: text})
      else drafts.write(draftKey, Object.keys(others).length > 0 ? others : undefined)
    },
  }
}

/** Whether the id belongs to an item that is being created. The server knows no such id. */
export function isNewId(id: string): boolean {
  return id.startsWith('new-')
}

/**
 * Returns the key and the text of what the field for new items contains: what was typed, or else the first new item that was
 * sent in vain. `pendingIds` are the ids of the changes that are being sent.
 */
export function inField(texts: Draft, pendingIds: ReadonlySet<string>): {key: string; text: string} {
  const refused = Object.keys(texts).find(key => isNewId(key) && !pendingIds.has(key))
  const key = texts.field || !refused ? 'field' : refused
  return {key, text: texts[key] ?? ''}
}

/**
 * Returns the items, and between them the items that were deleted while the viewer was editing them. These stay at the place
 * that they have in `shown`, which are the items that this function has returned before.
 */
export function withDeleted(
  items: readonly ChecklistItem[],
  texts: Draft,
  shown: readonly ChecklistItem[],
): readonly ChecklistItem[] {
  const isDeleted = (key: string) => key !== 'field' && !isNewId(key) && !items.some(({id}) => id === key)
  return Object.keys(texts)
    .filter(isDeleted)
    .reduce((all, id) => {
      const index = shown.findIndex(item => item.id === id)
      // After a reload, only the text is known.
      const item = shown[index] ?? {id, text: texts[id]!, is_done: false}
      return all.toSpliced(index === -1 ? all.length : index, 0, item)
    }, items)
}
