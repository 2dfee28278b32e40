import {sql, type Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {firstRank} from '../board/rank.ts'
import {requireNotClosed} from '../board/sprint-rules.ts'
import type {Story} from '../board/story.ts'
import {firstVersion, startAction} from '../changes/change.ts'
import {requireSprint} from '../changes/require-sprint.ts'
import {storyBytes, sumOf} from '../changes/text-bytes.ts'
import {anyOf, columns, selectSprints, selectStories} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {digestsOf, isSame, mergeFields} from './digests.ts'
import {
  type ImportContext,
  type ImportWork,
  importEvents,
  lockForImport,
  requireShortDescriptions,
} from './import-context.ts'
import {insertRows, readSources, type Source, storeSources, updateRows} from './import-sources.ts'
import {type ImportedStory, NotKeptCounts} from './imported-board.ts'
import {readParts, requireRoomForStories, titleOfPart} from './story-parts.ts'

const updatable = ['title', 'description', 'version', 'updated_at']

/**
 * Creates new stories, and updates the titles and descriptions of stories that were imported before. Throws Problem
 * 'sprint-not-found', 'sprint-of-another-project' or 'sprint-closed'.
 */
export function importStories(context: ImportContext, batch: readonly ImportedStory[]): ImportWork {
  const {organizationId, projectId, sprintId, previewed} = context
  return async (trx, caller) => {
    const notKept = new NotKeptCounts()
    requireShortDescriptions(context, batch)
    await lockForImport(trx, context)
    if (sprintId) requireNotClosed(await requireSprint(trx, organizationId, projectId, sprintId))
    const sprintSources = await readSources(
      trx,
      context,
      'sprint',
      batch.flatMap(({sprint}) => sprint ?? []),
    )
    const sprintIds = [...sprintSources.values()].map(({target_id}) => target_id)
    const open = await selectSprints(trx, organizationId)
      .where('id', '=', anyOf(sprintIds))
      .where('status', '<>', 'closed')
      .execute()
    const openIds = new Set(open.map(({id}) => id))
    const sources = await readSources(
      trx,
      context,
      'story',
      batch.map(({source}) => source),
    )
    const unknown = batch.filter(({source}) => !sources.has(source))
    const taskSources = await readSources(
      trx,
      context,
      'task',
      unknown.flatMap(({tasks}) => tasks),
    )
    const linked = await linkOwnStories(trx, context, unknown, taskSources)
    for (const source of linked) sources.set(source.source, source)
    for (const {source, target_id} of linked) previewed?.link('story', source, target_id)
    const changed = batch.filter(story => {
      const known = sources.get(story.source)
      return known && !known.isOwn && !isSame(known.digests, digestsOf(valuesOf(story)))
    })
    const parts = await readParts(
      trx,
      context,
      batch.map(({source}) => source),
    )
    const further = sumOf([...parts.values()], ids => Math.max(0, ids.length - 1))
    const stories = selectStories(trx, organizationId)
      .where('id', '=', anyOf(changed.flatMap(({source}) => parts.get(source)!)))
      .orderBy('id')
    const existing = new Map(
      (await (previewed ? stories : stories.forUpdate()).execute()).map(story => [story.id, story]),
    )
    const action = startAction(caller)

    const added: {source: string; story: Story}[] = []
    const updated: {before: Story; after: Story}[] = []
    const newStories = unknown.filter(
      story => !sources.has(story.source) && hasNewContent(story, taskSources),
    )
    for (const imported of newStories) {
      const first = firstVersion(action)
      const {title, description, status, sprint, source} = imported
      const ofFile = sprint ? sprintSources.get(sprint)?.target_id : undefined
      const isOpen =
        ofFile !== undefined && (openIds.has(ofFile) || previewed?.createdRow(ofFile) !== undefined)
      if (!sprintId && ofFile && !isOpen) notKept.add('closed-sprint', title)
      const sprint_id = sprintId ?? (isOpen ? ofFile : null)
      const story: Story = {
        ...first,
        project_id: projectId,
        sprint_id,
        title,
        description,
        status,
        rank: firstRank(first.id),
      }
      added.push({source, story})
      previewed?.link('story', source, story.id)
      previewed?.create(story)
    }
    for (const imported of changed) {
      const {target_id, digests} = sources.get(imported.source)!
      const before = existing.get(target_id)
      const values = valuesOf(imported)
      const merge = before && mergeFields(digests, digestsOf(values), digestsOf(valuesOf(before)))
      if (!before || merge!.kept.length > 0) notKept.add('changed-by-members', imported.title)
      if (!before || merge!.updated.length === 0) continue
      const fields = Object.fromEntries(
        Object.entries(values).filter(([name]) => merge!.updated.includes(name)),
      )
      const after = nextVersion({...before, ...fields}, action)
      updated.push({before, after})
      for (const [index, id] of parts.get(imported.source)!.entries()) {
        const part = existing.get(id)
        const fields = part && index > 0 ? partAfter(part, index + 1, before, after) : {}
        if (part && Object.keys(fields).length > 0)
          updated.push({before: part, after: nextVersion({...part, ...fields}, action)})
      }
    }
    await requireRoomForStories(trx, context, added.length)
    const newSources = added.map(({source, story}) => ({
      source,
      target_id: story.id,
      digests: digestsOf(valuesOf(story)),
    }))
    const changedSources = changed.map(story => ({
      source: story.source,
      target_id: sources.get(story.source)!.target_id,
      digests: digestsOf(valuesOf(story)),
    }))
    const created = added.map(({story}) => story)
    const touched = new Set([...created, ...updated.map(({after}) => after)].map(({sprint_id}) => sprint_id))
    const after = updated.map(({after}) => after)
    return {
      result: {
        created: {stories: created.length},
        updated: {stories: updated.length},
        unchanged: {stories: batch.length + further - created.length - updated.length},
        notKept: notKept.list(),
      },
      events: importEvents(context, action, touched),
      writes: [
        ...insertRows(trx, 'stories', organizationId, columns.stories, created),
        ...updateRows(trx, 'stories', organizationId, updatable, after),
        ...storeSources(trx, context, 'story', [...linked, ...newSources, ...changedSources]),
      ],
      textBytes:
        sumOf([...created, ...after], storyBytes) -
        sumOf(
          updated.map(({before}) => before),
          storyBytes,
        ),
    }
  }
}

/**
 * Returns false when all tasks of the story were imported before, into other stories. In Jira, a task that moves to the next
 * sprint makes such a story, which would be empty, because an import never moves a task.
 */
function hasNewContent({tasks}: ImportedStory, known: ReadonlyMap<string, Source>): boolean {
  return tasks.length === 0 || tasks.some(task => !known.has(task))
}

/**
 * The CSV of an export has the titles of stories, but not their ids. A story of the file is the story of the project that has
 * this title and contains a task of the file. `known` are the sources of the tasks.
 */
async function linkOwnStories(
  trx: Transaction<Tables>,
  {organizationId}: ImportContext,
  stories: readonly ImportedStory[],
  known: ReadonlyMap<string, Source>,
): Promise<(Source & {source: string})[]> {
  const ids = [...known.values()].filter(({isOwn}) => isOwn).map(({target_id}) => target_id)
  if (ids.length === 0) return []
  const {rows} = await sql<{id: string; story_id: string; title: string}>`
    select t.id, s.id as story_id, s.title from tasks t
    join stories s on s.organization_id = t.organization_id and s.id = t.story_id
    where t.organization_id = ${organizationId} and t.id = ${anyOf(ids)} order by s.rank, s.id, t.id`.execute(
    trx,
  )
  return stories.flatMap(story => {
    const tasks = new Set(story.tasks.map(task => known.get(task)?.target_id))
    const own = rows.find(({id, title}) => title === story.title && tasks.has(id))
    return own ? [{source: story.source, target_id: own.story_id, digests: digestsOf(valuesOf(story))}] : []
  })
}

/** Gives a further part the new title and description of its story, except those that members have changed. */
function partAfter(part: Story, number: number, before: Story, after: Story): Partial<Story> {
  const title = titleOfPart(after.title, number)
  const {description} = after
  return {
    ...(part.title === titleOfPart(before.title, number) && part.title !== title && {title}),
    ...(part.description === before.description && part.description !== description && {description}),
  }
}

function valuesOf({title, description}: Pick<Story, 'title' | 'description'>) {
  return {title, description}
}
