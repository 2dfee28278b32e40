import type {Label} from './label.ts'
import {Problem} from './problem.ts'
import {maxLabels, type Task} from './task.ts'

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

/**
 * Throws Problem 'label-not-found' when one or more of the ids do not belong to a label of the project. Without a project,
 * the labels can belong to any project.
 */
export function requireLabels(labels: readonly Label[], ids: readonly string[], projectId?: string): void {
  const isOfProject = ({project_id}: Label) => projectId === undefined || project_id === projectId
  const ofProject = new Set(labels.filter(isOfProject).map(({id}) => id))
  const label_id = ids.find(id => !ofProject.has(id))
  if (label_id === undefined) return
  throw new Problem('label-not-found', 'The project has no such label. It may have been deleted.', {label_id})
}

/**
 * Returns the sorted label ids of the task after the change. Adding a label that the task has, or removing one that it does
 * not have, has no effect. Throws Problem 'labels-full' when the task gets more than `maxLabels`.
 */
export function withLabels(
  {label_ids}: Pick<Task, 'label_ids'>,
  {
    added = [],
    removed = [],
  }: {added?: readonly string[] | undefined; removed?: readonly string[] | undefined},
): string[] {
  const ids = sortLabelIds([...label_ids.filter(id => !removed.includes(id)), ...added])
  if (ids.length <= maxLabels || ids.length <= label_ids.length) return ids
  throw new Problem('labels-full', `A task can have at most ${maxLabels} labels. Remove a label first.`, {
    limit: maxLabels,
  })
}

function comparable(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
