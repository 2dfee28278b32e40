/** The labels of a task as the text of a form's field. */
import type {Label} from '../../client/client.ts'
import {FormError} from '../parts/form-errors.ts'
import {labelsOf} from './labels.ts'

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
