import type {Label} from './label.ts'
import {Problem} from './problem.ts'

/**
 * Throws Problem 'label-name-in-use' when another label of the project has this name. The case of letters does not
 * matter.
 */
export function requireFreeName(labels: readonly Label[], name: string, ownId?: string): void {
  const taken = labels.find(label => label.id !== ownId && comparable(label.name) === comparable(name))
  if (!taken) return
  throw new Problem('label-name-in-use', `The label “${taken.name}” already exists. Choose another name.`, {
    label_id: taken.id,
  })
}

/** Returns the ids of the labels of a task in the order in which the task contains them, without duplicates. */
export function sortLabelIds(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort()
}

/** Throws Problem 'label-not-found' when one or more of the ids do not belong to a label of the project. */
export function requireLabels(labels: readonly Label[], ids: readonly string[], projectId: string): void {
  const ofProject = new Set(labels.filter(({project_id}) => project_id === projectId).map(({id}) => id))
  const label_id = ids.find(id => !ofProject.has(id))
  if (label_id === undefined) return
  throw new Problem('label-not-found', 'The project has no such label. It may have been deleted.', {label_id})
}

function comparable(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
