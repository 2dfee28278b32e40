/**
 * Drafts: texts that a member has typed and not yet sent. The drafts survive when their form closes, and when the page is
 * reloaded in the same tab.
 */
import {createContext, useContext} from 'react'

/** The texts of a form, by the names of its fields. */
export type Draft = Readonly<Record<string, string>>

export interface Drafts {
  /** Returns the draft, or undefined when there is none. A key names a form and its thing, for example `comment <task id>`. */
  read(key: string): Draft | undefined
  /** Keeps the draft. When `draft` is undefined, deletes the draft with this key. */
  write(key: string, draft: Draft | undefined): void
  /** Deletes the draft when it contains exactly these texts, because they were sent. A newer draft stays. */
  end(key: string, sent: Draft): void
  /** Deletes all drafts. */
  clear(): void
  /**
   * Calls the listener after each change, with the key of the draft that has ended because it was sent. Returns a function
   * that unsubscribes the listener.
   */
  subscribe(listener: (endedKey?: string) => void): () => void
}

/** The part of `Storage` that keeps the drafts. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const maxDrafts = 50
const maxLength = 200_000 // UTF-16 code units of all drafts; a browser keeps about 5,000,000 for each site

/**
 * Returns the drafts of the member. Other members do not see these drafts. Above the limits, the oldest drafts are
 * deleted. Without `storage`, or when the storage fails, the drafts end with the page.
 */
export function createDrafts(memberId: string, storage: DraftStorage | undefined): Drafts {
  const storageKey = `boardcast.drafts.${memberId}`
  const drafts = new Map(readStored(storage, storageKey)) // the oldest draft is first
  const listeners = new Set<(endedKey?: string) => void>()

  function changed(endedKey?: string) {
    deleteOldest(drafts)
    try {
      if (drafts.size === 0) storage?.removeItem(storageKey)
      else storage?.setItem(storageKey, JSON.stringify([...drafts]))
    } catch {
      // Storage is full or disabled, so a reload loses the drafts.
    }
    for (const listener of listeners) listener(endedKey)
  }

  return {
    read: key => drafts.get(key),
    write(key, draft) {
      const isKnown = drafts.delete(key)
      if (draft) drafts.set(key, draft)
      if (draft || isKnown) changed()
    },
    end(key, sent) {
      if (JSON.stringify(drafts.get(key)) !== JSON.stringify(sent)) return
      drafts.delete(key)
      changed(key)
    },
    clear() {
      drafts.clear()
      changed()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Deletes the oldest drafts until the others are within the limits. The latest draft is always kept. */
function deleteOldest(drafts: Map<string, Draft>): void {
  const lengthOf = (draft: Draft) => Object.values(draft).join('').length
  let length = [...drafts.values()].reduce((sum, draft) => sum + lengthOf(draft), 0)
  for (const [key, draft] of drafts) {
    if (drafts.size === 1 || (drafts.size <= maxDrafts && length <= maxLength)) return
    drafts.delete(key)
    length -= lengthOf(draft)
  }
}

function readStored(storage: DraftStorage | undefined, storageKey: string): [string, Draft][] {
  try {
    return JSON.parse(storage?.getItem(storageKey) ?? '[]')
  } catch {
    return []
  }
}

/** The storage of this tab, or undefined when the viewer has disabled it. */
export function tabStorage(): DraftStorage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}

/** The drafts of the signed-in member. The session's provider gives the value. */
export const DraftsContext = createContext<Drafts>(createDrafts('', undefined))

export function useDrafts(): Drafts {
  return useContext(DraftsContext)
}
