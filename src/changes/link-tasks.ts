import {sql, type Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import type {Task} from '../board/task.ts'
import {type FoundLink, withLinks} from '../board/task-links.ts'
import type {NewEvent} from '../store/event-log.ts'
import {selectTasks} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import type {Effects} from './change.ts'
import {updateRow} from './rows.ts'

/**
 * Adds the links to the locked tasks of the organization whose keys they name. A link that a task already has is updated, also
 * if it no longer names the key. An older state of a link changes nothing.
 */
export function linkTasks(
  trx: Transaction<Tables>,
  organizationId: string,
  timestamp: string,
  tasks: readonly Task[],
  found: readonly FoundLink[],
): Effects {
  const changed = tasks.flatMap(before => {
    const wanted = found.filter(({keys, link}) => keys.includes(before.key) || isKnown(before, link.url))
    const links = withLinks(
      before.links,
      wanted.map(({link}) => link),
    )
    return links === before.links
      ? []
      : [{before, task: nextVersion({...before, links: [...links]}, {timestamp})}]
  })
  return {
    events: changed.map(({before, task}) => linksChanged(before, task)),
    writes: changed.map(({task: {id, links, version, updated_at}}) =>
      updateRow(trx, 'tasks', organizationId, id, {links: JSON.stringify(links), version, updated_at}),
    ),
  }
}

/** Locks the tasks that name the keys of the links, or that have the link of the pull request. */
export async function lockLinked(
  trx: Transaction<Tables>,
  organizationId: string,
  found: readonly FoundLink[],
): Promise<Task[]> {
  const keys = [...new Set(found.flatMap(({keys}) => keys))]
  // A commit never changes, so only a pull request can need an update without naming the key.
  const pull = found.find(({link}) => link.kind === 'pull_request')
  if (keys.length === 0 && !pull) return []
  const hasKey = sql<boolean>`key = any (${keys}::text[])`
  const hasLink = sql<boolean>`links <> '[]' and links @> ${JSON.stringify([{url: pull?.link.url}])}::jsonb`
  return selectTasks(trx, organizationId)
    .where(pull ? sql<boolean>`(${hasKey} or ${hasLink})` : hasKey)
    .orderBy('id')
    .forUpdate()
    .execute()
}

function isKnown({links}: Task, url: string): boolean {
  return links.some(link => link.url === url)
}

function linksChanged(before: Task, task: Task): NewEvent {
  const {project_id, sprint_id, story_id, id, version, updated_at} = task
  const ids = {project_id, ...(sprint_id && {sprint_id}), story_id, task_id: id}
  const facts = {timestamp: updated_at, actor_user_id: null, ...ids, version}
  const recipients = [...new Set([task.owner_user_id, task.created_by_user_id])].filter(id => id !== null)
  return {event: {type: 'task.links.changed', ...facts, task}, before, recipients}
}
