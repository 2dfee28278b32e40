/** The labels of a task, found by their ids. */
import type {Label} from '../../client/client.ts'

/** Returns the labels with these ids, sorted by name. A board from an earlier version of the server has no labels. */
export function labelsOf(all: readonly Label[] | undefined, ids: readonly string[] | undefined): Label[] {
  return byName((all ?? []).filter(({id}) => ids?.includes(id)))
}

export function byName(labels: readonly Label[]): Label[] {
  return labels.toSorted((one, other) => one.name.localeCompare(other.name))
}

/** Returns the ids with this label, or without it when they contain it, sorted as the server sorts them. */
export function toggled(ids: readonly string[], labelId: string): string[] {
  return ids.includes(labelId) ? ids.filter(id => id !== labelId) : [...ids, labelId].sort()
}
