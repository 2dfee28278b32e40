/** The loaded part of a history. All functions are pure. */
import type {BoardEvent, HistoryItem} from '../../client/client.ts'
import type {HistoryOf} from './history-text.ts'

export interface HistoryList {
  /** Newest first, without gaps. */
  items: readonly HistoryItem[]
  /** The value of `after` that requests older items, or null when all items are loaded. */
  next: number | null
  /** The titles or names of the things that the items name. Null when the thing was deleted. */
  titles: ReadonlyMap<string, string | null>
}

/**
 * Returns the list after its first page was fetched again. Older items stay, unless so many items are new that others
 * between them and the page are not loaded.
 */
export function withNewest(known: HistoryList | undefined, page: HistoryList): HistoryList {
  const last = page.items.at(-1)
  const newest = known?.items[0]
  if (!last || !newest || page.next === null || last.seq > newest.seq) return page
  const older = known.items.filter(({seq}) => seq < last.seq)
  if (older.length === 0) return page
  return {items: [...page.items, ...older], next: known.next, titles: mergedTitles(known, page)}
}

/** Returns the list with the page that `next` has requested. Returns the list itself when it has changed meanwhile. */
export function withOlder(known: HistoryList, after: number, page: HistoryList): HistoryList {
  if (known.next !== after) return known
  return {items: [...known.items, ...page.items], next: page.next, titles: mergedTitles(known, page)}
}

function mergedTitles(older: HistoryList, newer: HistoryList): HistoryList['titles'] {
  return new Map([...older.titles, ...newer.titles])
}

/** Things that sentences name, and whose titles the items do not contain. */
export interface NamedIds {
  stories: string[]
  sprints: string[]
  tasks: string[]
  labels: string[]
}

export function namedIdsIn(items: readonly HistoryItem[]): NamedIds {
  const changes = items.flatMap(({changes}) => changes)
  const idsIn = (field: string) =>
    changes
      .filter(change => change.field === field)
      .flatMap(({from, to, added = [], removed = []}) => [from, to, ...added, ...removed])
      .filter(id => typeof id === 'string')
  const unique = (ids: readonly string[]) => [...new Set(ids)]
  return {
    stories: unique(idsIn('story_id')),
    sprints: unique([...idsIn('sprint_id'), ...items.flatMap(({summary}) => summary?.to_sprint_id ?? [])]),
    tasks: unique(idsIn('blocked_by_task_ids')),
    labels: unique(idsIn('label_ids')),
  }
}

const ofSprints = /^(sprint\.|(story|task)\.(created|deleted|moved)$)/

/** Returns whether the event can add an item to the history. `event` is of the board on which the history is open. */
export function addsToHistory({kind, id}: HistoryOf, event: BoardEvent): boolean {
  if (kind === 'sprint') return ofSprints.test(event.type)
  return 'task_id' in event && event.task_id === id && event.type !== 'task.ranked'
}
