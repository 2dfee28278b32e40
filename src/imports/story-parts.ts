/**
 * A story of a file can have several parts in the project: a further part begins when all other parts have as many tasks as a
 * story can have, or are in a closed sprint. A task that was imported before stays in its part.
 */
import {sql, type Transaction} from 'kysely'
import type {Action} from '../board/member.ts'
import {requireNotClosed} from '../board/sprint-rules.ts'
import type {Story} from '../board/story.ts'
import {firstVersion} from '../changes/change.ts'
import {requireSprint} from '../changes/require-sprint.ts'
import {countRows} from '../store/quotas.ts'
import {anyOf, selectSprints, selectStories} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {startOf} from './clean-values.ts'
import {type ImportContext, requireQuota} from './import-context.ts'
import {type ImportPlace, readSources} from './import-sources.ts'
import type {ImportedTask, NotKeptCounts} from './imported-board.ts'

const partsPerQuery = 8 // few stories have more parts

/** Returns the ids of the known parts of each story, in their order. */
export async function readParts(
  trx: Transaction<Tables>,
  place: ImportPlace,
  stories: readonly string[],
): Promise<Map<string, string[]>> {
  const parts = new Map<string, string[]>(stories.map(story => [story, []]))
  let open = [...parts]
  for (let first = 1; open.length > 0; first += partsPerQuery) {
    const numbers = Array.from({length: partsPerQuery}, (_, index) => first + index)
    const sources = open.flatMap(([story]) => numbers.map(part => sourceOfPart(story, part)))
    const known = await readSources(trx, place, 'story', sources)
    for (const [story, ids] of open)
      ids.push(...numbers.flatMap(part => known.get(sourceOfPart(story, part))?.target_id ?? []))
    open = open.filter(([, ids]) => ids.length === first + partsPerQuery - 1)
  }
  return parts
}

/** The title of a part. The first part has the number 1. */
export function titleOfPart(title: string, part: number): string {
  return part > 1 ? `${startOf(title, 190)} (${part})` : title
}

/** No source of a file contains a line break. */
function sourceOfPart(story: string, part: number): string {
  return part > 1 ? `${story}\n${part}` : story
}

/**
 * Locks the parts of the stories, and returns the part for each new task, and the parts to create. Returns undefined for a
 * task when members have deleted all parts of its story. Throws Problem 'quota-exceeded', 'sprint-not-found',
 * 'sprint-of-another-project' or 'sprint-closed'.
 */
export async function placeTasks(
  trx: Transaction<Tables>,
  context: ImportContext,
  action: Action,
  tasks: readonly ImportedTask[],
  notKept: NotKeptCounts,
): Promise<{places: (Story | undefined)[]; added: {source: string; story: Story}[]}> {
  if (tasks.length === 0) return {places: [], added: []}
  const {organizationId, projectId, sprintId, quotas, previewed} = context
  const parts = await readParts(
    trx,
    context,
    tasks.map(({story}) => story),
  )
  const stories = await lockStories(trx, context, [...parts.values()].flat())
  const closed = await readClosedSprints(trx, organizationId, stories)
  const room = await readRoom(trx, context, [...stories.keys()])
  const added: {source: string; story: Story}[] = []
  const places = tasks.map((task): Story | undefined => {
    const ids = parts.get(task.story)!
    const existing = ids.flatMap(id => stories.get(id) ?? [])
    if (existing.length === 0) {
      notKept.add('deleted-story', task.title)
      return undefined
    }
    if (existing.some(isClosed)) notKept.add('closed-sprint', task.title)
    const place =
      existing.find(story => !isClosed(story) && room.get(story.id)! > 0) ??
      addPart(task.story, ids, existing)
    room.set(place.id, room.get(place.id)! - 1)
    previewed?.total(`MAX_TASKS_PER_STORY ${place.id}`, 1)
    return place
  })
  if (added.length > 0) {
    if (sprintId) requireNotClosed(await requireSprint(trx, organizationId, projectId, sprintId))
    await requireRoomForStories(trx, context, added.length)
  }
  return {places, added}

  function isClosed({sprint_id}: Story): boolean {
    return sprint_id !== null && closed.has(sprint_id)
  }

  function addPart(source: string, ids: string[], existing: readonly Story[]): Story {
    const [first, last] = [existing[0]!, existing.at(-1)!]
    const open = existing.findLast(story => !isClosed(story))
    const part = ids.length + 1
    const title = first.id === ids[0] ? first.title : first.title.replace(/ \(\d+\)$/, '')
    const story: Story = {
      ...first,
      ...firstVersion(action),
      title: titleOfPart(title, part),
      sprint_id: sprintId ?? open?.sprint_id ?? null,
      status: open?.status ?? 'draft',
      // With the same rank, the order of the ids puts the part directly after the last one.
      rank: last.rank,
    }
    ids.push(story.id)
    stories.set(story.id, story)
    room.set(story.id, quotas.MAX_TASKS_PER_STORY)
    added.push({source: sourceOfPart(source, part), story})
    return story
  }
}

/** The project must be locked, so that no other transaction can add a story. Throws Problem 'quota-exceeded'. */
export async function requireRoomForStories(
  trx: Transaction<Tables>,
  context: ImportContext,
  added: number,
): Promise<void> {
  if (added === 0) return
  const {organizationId, projectId, quotas} = context
  const parent = {column: 'project_id', id: projectId} as const
  const used = await countRows(trx, organizationId, 'stories', parent, quotas.MAX_STORIES_PER_PROJECT)
  requireQuota(context, 'MAX_STORIES_PER_PROJECT', used, added)
}

async function lockStories(
  trx: Transaction<Tables>,
  {organizationId, previewed}: ImportContext,
  ids: readonly string[],
): Promise<Map<string, Story>> {
  const stories = selectStories(trx, organizationId)
    .where('id', '=', anyOf([...new Set(ids)]))
    .orderBy('id')
  const rows = await (previewed ? stories : stories.forUpdate()).execute()
  const created = ids.flatMap(id => (previewed?.createdRow(id) as Story | undefined) ?? [])
  return new Map([...rows, ...created].map(story => [story.id, story]))
}

/** The project is locked, so that no sprint can be closed until the batch has ended. */
async function readClosedSprints(
  trx: Transaction<Tables>,
  organizationId: string,
  stories: ReadonlyMap<string, Story>,
): Promise<Set<string>> {
  const ids = new Set([...stories.values()].flatMap(({sprint_id}) => sprint_id ?? []))
  const rows = await selectSprints(trx, organizationId)
    .where('id', '=', anyOf([...ids]))
    .where('status', '=', 'closed')
    .execute()
  return new Set(rows.map(({id}) => id))
}

/** Returns for each story how many tasks can be added. The stories are locked. */
async function readRoom(
  trx: Transaction<Tables>,
  {organizationId, quotas, previewed}: ImportContext,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const {rows} = await sql<{story_id: string; count: number}>`
    select story_id, count(*) from tasks where organization_id = ${organizationId} and story_id = ${anyOf(ids)}
    group by story_id`.execute(trx)
  const used = new Map(rows.map(({story_id, count}) => [story_id, count]))
  const usedByPreview = (id: string) => previewed?.total(`MAX_TASKS_PER_STORY ${id}`, 0) ?? 0
  return new Map(ids.map(id => [id, quotas.MAX_TASKS_PER_STORY - (used.get(id) ?? 0) - usedByPreview(id)]))
}
