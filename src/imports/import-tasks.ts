import {sql, type Transaction} from 'kysely'
import {noBlockers} from '../board/blockers.ts'
import {noDiscussion} from '../board/discussion.ts'
import type {Action} from '../board/member.ts'
import {firstRank} from '../board/rank.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {isUnfinished} from '../board/task-rules.ts'
import {firstVersion, startAction} from '../changes/change.ts'
import {shareLabels} from '../changes/lock-labels.ts'
import {addedToSprint} from '../changes/story-moves.ts'
import {storyBytes, sumOf, taskBytes} from '../changes/text-bytes.ts'
import {compilable} from '../store/compilable.ts'
import {anyOf, columns, selectLabels, selectTasks} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {isSame} from './digests.ts'
import {
  findMember,
  type ImportContext,
  type ImportWork,
  importEvents,
  lockForImport,
  requireShortDescriptions,
} from './import-context.ts'
import {insertRows, readSources, storeSources, updateRows} from './import-sources.ts'
import {type ImportedTask, NotKeptCounts} from './imported-board.ts'
import {digestsOfTask, mergeTask, type Wanted} from './merge-task.ts'
import {placeTasks} from './story-parts.ts'
import {fieldsOf, progressFields, reportOwner, type TaskValues, valuesOfImported} from './task-values.ts'

const updatable = [
  'title',
  'description',
  'has_description',
  'status',
  'owner_user_id',
  'owned_at',
  'completed_at',
  'estimated_hours',
  'priority',
  'due_on',
  'acceptance_criteria_refs',
  'label_ids',
  'checklist',
  'checklist_count',
  'checklist_done_count',
  'version',
  'updated_at',
]

/**
 * Creates new tasks, and updates tasks that were imported before. An import never moves a task to another story, and never
 * creates a task again that a member has deleted.
 */
export function importTasks(importContext: ImportContext, batch: readonly ImportedTask[]): ImportWork {
  const {organizationId, previewed} = importContext
  return async (trx, caller) => {
    const notKept = new NotKeptCounts()
    const context = {...importContext, owners: await lockOwners(trx, importContext, batch)}
    requireShortDescriptions(context, batch)
    const labelIds = await labelsOf(trx, context, batch)
    const project = await lockForImport(trx, context)
    const sources = await readSources(
      trx,
      context,
      'task',
      batch.map(({source}) => source),
    )
    const wanted = batch.map((imported): Wanted => {
      const values = valuesOfImported(imported, context, labelIds)
      const known = sources.get(imported.source)
      return {imported, values, digests: digestsOfTask(values, imported, known), known}
    })
    const news = wanted.filter(({known}) => !known)
    const changed = wanted.filter(
      ({known, digests}) => known && !known.isOwn && !isSame(known.digests, digests),
    )
    for (const {known, imported} of wanted)
      if (known?.isOwn) notKept.add('already-in-project', imported.title)
    const action = startAction(caller)
    const placed = await placeTasks(
      trx,
      context,
      action,
      news.map(({imported}) => imported),
      notKept,
    )
    const before = await lockTasks(
      trx,
      context,
      changed.map(({known}) => known!.target_id),
    )
    const places = news.flatMap((one, index) => {
      const story = placed.places[index]
      return story ? [{...one, story}] : []
    })
    const last = previewed ? 0 : await allotNumbers(trx, context, places.length)
    const created = places.map(({story, values, imported}, index) => {
      const number = last - places.length + index + 1
      return newTask(action, story, {number, key: `${project.key}-${number}`}, values, imported)
    })
    const merges = changed.map(one => mergeTask(action, one, before.get(one.known!.target_id)))
    for (const {imported, values} of places) reportOwner(imported, values.progress, notKept)
    for (const [index, {imported}] of changed.entries()) {
      const {progress, reasons} = merges[index]!
      if (progress) reportOwner(imported, progress, notKept)
      for (const reason of reasons) notKept.add(reason, imported.title)
    }
    const updated = merges.flatMap(({task}) => task ?? [])
    const reopened = updated.filter(
      ({id, status}) => isUnfinished(status) !== isUnfinished(before.get(id)!.status),
    )
    const blocked = await lockBlocked(
      trx,
      context,
      reopened.map(({id}) => id),
    )
    for (const [index, {imported}] of places.entries()) {
      previewed?.link('task', imported.source, created[index]!.id)
      previewed?.create({id: created[index]!.id})
    }
    for (const {source, story} of placed.added) {
      previewed?.link('story', source, story.id)
      previewed?.create(story)
    }
    const parts = placed.added.map(({story}) => story)
    return {
      result: {
        created: {stories: parts.length, tasks: created.length, checklist_items: itemsOf(created)},
        updated: {tasks: updated.length, checklist_items: itemsOf(updated)},
        unchanged: {
          tasks: batch.length - news.length - updated.length,
          checklist_items: sumOfItems(
            wanted.filter(({known, digests}) => known && (known.isOwn || isSame(known.digests, digests))),
          ),
        },
        notKept: notKept.list(),
      },
      events: importEvents(
        context,
        action,
        new Set([...created, ...updated, ...blocked].map(({sprint_id}) => sprint_id)),
      ),
      writes: [
        ...insertRows(trx, 'stories', organizationId, columns.stories, parts),
        ...insertRows(trx, 'tasks', organizationId, columns.tasks, created),
        ...updateRows(trx, 'tasks', organizationId, updatable, updated),
        ...recountBlockers(
          trx,
          context,
          action,
          blocked.map(({id}) => id),
        ),
        ...storeSources(
          trx,
          context,
          'story',
          placed.added.map(({source, story}) => ({source, target_id: story.id, digests: {}})),
        ),
        ...storeSources(trx, context, 'task', [
          ...places.map(({imported, digests}, index) => ({
            source: imported.source,
            target_id: created[index]!.id,
            digests,
          })),
          ...changed.map(({imported, known}, index) => ({
            ...known!,
            source: imported.source,
            digests: merges[index]!.digests,
          })),
        ]),
      ],
      textBytes:
        sumOf(parts, storyBytes) +
        sumOf([...created, ...updated], taskBytes) -
        sumOf(
          updated.map(({id}) => before.get(id)!),
          taskBytes,
        ),
      counted: countsOf(created, ({sprint_id}) => sprint_id).flatMap(([id, count]) =>
        addedToSprint(count, id),
      ),
    }
  }
}

/**
 * Keeps the owners of the tasks from being removed before the transaction ends. Returns the members who can own tasks,
 * without those who were removed since the import began.
 */
async function lockOwners(
  trx: Transaction<Tables>,
  {organizationId, owners, previewed}: ImportContext,
  batch: readonly ImportedTask[],
): Promise<ImportContext['owners']> {
  const people = batch.flatMap(({owners}) => owners)
  const ids = new Set(people.flatMap(person => findMember(owners, person) ?? []))
  if (ids.size === 0) return owners
  const present = trx
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', anyOf([...ids]))
    .where('removed_at', 'is', null)
    .orderBy('id')
  const rows = await (previewed ? present : present.forKeyShare()).execute()
  const presentIds = new Set(rows.map(({id}) => id))
  return new Map([...owners].filter(([, id]) => presentIds.has(id)))
}

/** Locks the labels of the tasks, and returns their ids by their sources. Deleted labels are missing. */
async function labelsOf(
  trx: Transaction<Tables>,
  context: ImportContext,
  batch: readonly ImportedTask[],
): Promise<Map<string, string>> {
  const {organizationId, previewed} = context
  const sources = await readSources(
    trx,
    context,
    'label',
    batch.flatMap(({labels}) => labels),
  )
  const ids = [...new Set([...sources.values()].map(({target_id}) => target_id))]
  const existing = previewed
    ? await selectLabels(trx, organizationId).where('id', '=', anyOf(ids)).execute()
    : await shareLabels(trx, organizationId, ids)
  const existingIds = new Set(existing.map(({id}) => id))
  const found = [...sources].filter(
    ([, {target_id}]) => existingIds.has(target_id) || previewed?.createdRow(target_id),
  )
  return new Map(found.map(([source, {target_id}]) => [source, target_id]))
}

/** Locks the tasks, and the tasks that they block, in the order of their ids. Returns the tasks. */
async function lockTasks(
  trx: Transaction<Tables>,
  {organizationId, previewed}: ImportContext,
  ids: readonly string[],
): Promise<Map<string, Task>> {
  if (ids.length === 0) return new Map()
  if (!previewed) {
    await sql`
      select id from tasks where organization_id = ${organizationId} and (id = ${anyOf(ids)} or id in (
        select task_id from task_blockers where organization_id = ${organizationId} and blocker_id = ${anyOf(ids)}
      )) order by id for update`.execute(trx)
  }
  const rows = await selectTasks(trx, organizationId).where('id', '=', anyOf(ids)).execute()
  return new Map(rows.map(task => [task.id, task]))
}

/** Returns the last of `count` new numbers. Other new tasks of the project then wait until the batch has ended. */
async function allotNumbers(
  trx: Transaction<Tables>,
  {organizationId, projectId}: ImportContext,
  count: number,
): Promise<number> {
  if (count === 0) return 0
  const {rows} = await sql<{last_number: number}>`
    insert into task_numbers values (${organizationId}, ${projectId}, ${count})
    on conflict (organization_id, project_id) do update set last_number = task_numbers.last_number + ${count}
    returning last_number`.execute(trx)
  return rows[0]!.last_number
}

function newTask(
  action: Action,
  story: Pick<Story, 'id' | 'project_id' | 'sprint_id'>,
  numbered: Pick<Task, 'number' | 'key'>,
  values: TaskValues,
  imported: ImportedTask,
): Task {
  const first = firstVersion(action)
  return {
    ...first,
    project_id: story.project_id,
    sprint_id: story.sprint_id,
    story_id: story.id,
    ...numbered,
    ...fieldsOf(values),
    ...progressFields(action, values, imported),
    ...noBlockers,
    links: [],
    ...noDiscussion,
    rank: firstRank(first.id),
    created_by_user_id: action.caller.user_id,
  }
}

/** Returns the tasks whose number of open blockers changes. `lockTasks` has locked them. */
async function lockBlocked(
  trx: Transaction<Tables>,
  {organizationId}: ImportContext,
  blockerIds: readonly string[],
): Promise<Pick<Task, 'id' | 'sprint_id'>[]> {
  if (blockerIds.length === 0) return []
  const {rows} = await sql<Pick<Task, 'id' | 'sprint_id'>>`
    select id, sprint_id from tasks where organization_id = ${organizationId} and id in (
      select task_id from task_blockers where organization_id = ${organizationId} and blocker_id = ${anyOf(blockerIds)}
    )`.execute(trx)
  return rows
}

/** Run this statement after the updates of the blockers. */
function recountBlockers(
  trx: Transaction<Tables>,
  {organizationId}: ImportContext,
  {timestamp}: Action,
  ids: readonly string[],
) {
  if (ids.length === 0) return []
  return [
    compilable(
      trx,
      sql`
        update tasks t set version = version + 1, updated_at = ${timestamp}, open_blocker_count = (
          select count(*) from task_blockers b
          join tasks o on o.organization_id = b.organization_id and o.id = b.blocker_id
          where b.organization_id = ${organizationId} and b.task_id = t.id and o.status not in ('completed', 'cancelled')
        )
        where organization_id = ${organizationId} and id = ${anyOf(ids)}`,
    ),
  ]
}

function countsOf<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): [Key, number][] {
  const counts = new Map<Key, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return [...counts]
}

function itemsOf(tasks: readonly Task[]): number {
  return sumOf(tasks, ({checklist_count}) => checklist_count)
}

function sumOfItems(wanted: readonly Wanted[]): number {
  return sumOf(wanted, ({imported}) => imported.checklist.length)
}
