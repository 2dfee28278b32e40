/** The labels of a task, found by their ids. */
import type {Label} from '../../client/client.ts'

/** Returns the labels with these ids, sorted by name. A board from an earlier version of the server has no labels. */
export function labelsOf(all: readonly Label[] | undefined, ids: readonly string[] | undefined): Label[] {
  return byName((all ?? []).filter(({id}) => ids?.includes(id)))
}

export function byName(labels: readonly Label[]): Label[] {
  return labels.toSorted((one, other) => one.name.localeCompare(other.name))
}

export interface LabelChange {
  labelId: string
  /** Whether the label is added or removed. */
  isAdded: boolean
}

/** Returns the ids that are expected after the change, sorted as the server sorts them. */
export function withLabel(ids: readonly string[], {labelId, isAdded}: LabelChange): string[] {
  const others = ids.filter(id => id !== labelId)
  return isAdded ? [...others, labelId].sort() : others
}
