/** The labels of a task: found by their ids, and as the text of a form's field. */
import type {Label} from '../../client/client.ts'
import {FormError} from '../parts/form-errors.ts'

/** Returns the labels with these ids, sorted by name. A board from an earlier version of the server has no labels. */
export function labelsOf(all: readonly Label[] | undefined, ids: readonly string[] | undefined): Label[] {
  return byName((all ?? []).filter(({id}) => ids?.includes(id)))
}

export function byName(labels: readonly Label[]): Label[] {
  return labels.toSorted((one, other) => one.name.localeCompare(other.name))
}

/** Returns the names of the labels, one a line. The names of a project's labels are unique, and have no line breaks. */
export function labelsText(all: readonly Label[], ids: readonly string[]): string {
  return labelsOf(all, ids)
    .map(({name}) => name)
    .join('\n')
}

export function namesIn(text: string): string[] {
  return text.split('\n').filter(Boolean)
}

/** The inverse function of `labelsText`. Throws FormError when a label was deleted or renamed. */
export function labelIdsIn(all: readonly Label[], text: string): string[] {
  return namesIn(text)
    .map(name => {
      const label = all.find(other => other.name.toLowerCase() === name.toLowerCase())
      if (label) return label.id
      throw new FormError(`The label “${name}” no longer exists. Remove it.`, 'label_ids')
    })
    .sort()
}

/** Returns the ids with this label, or without it when they contain it, sorted as the server sorts them. */
export function toggled(ids: readonly string[], labelId: string): string[] {
  return ids.includes(labelId) ? ids.filter(id => id !== labelId) : [...ids, labelId].sort()
}
