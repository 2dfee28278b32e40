import type {Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {storyFacts, taskFacts} from '../board/facts.ts'
import type {Act, Caller} from '../board/member.ts'
import type {Story} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import type {NewEvent} from '../store/event-log.ts'
import type {Tables} from '../store/tables.ts'
import {concernOf} from './alter-task.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockStory, lockTasksOf} from './locks.ts'

/** Deletes the story with its tasks. Throws Problem 'story-not-found' or 'version-mismatch'. */
export async function deleteStory(
  db: Database,
  by: Caller,
  storyId: string,
  expected?: ExpectedVersions,
): Promise<Committed<null>> {
  return commitChange(db, by, async (trx, act) => {
    const story = await lockStory(trx, by.organization_id, storyId)
    requireVersion(expected, story.version)
    return {result: null, events: await deleteStories(trx, act, [story])}
  })
}

/** Deletes stories that are locked, with their tasks. Answers the events: first of the tasks, then of the stories. */
export async function deleteStories(
  trx: Transaction<Tables>,
  act: Act,
  stories: readonly Story[],
): Promise<NewEvent[]> {
  if (stories.length === 0) return []
  const organizationId = act.by.organization_id
  const ids = stories.map(({id}) => id)
  const tasks = await lockTasksOf(trx, organizationId, stories)
  await trx
    .deleteFrom('tasks')
    .where('organization_id', '=', organizationId)
    .where('story_id', 'in', ids)
    .execute()
  await trx
    .deleteFrom('stories')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute()

  const taskEvents = tasks.map((task): NewEvent => {
    const event = {type: 'task.deleted', ...taskFacts(nextVersion(task, act), act)} as const
    return {event, ...concernOf(act, task)}
  })
  const storyEvents = stories
    .map(story => nextVersion(story, act))
    .map((story): NewEvent => ({event: {type: 'story.deleted', ...storyFacts(story, act), story}}))
  return [...taskEvents, ...storyEvents]
}
