import type {Compilable, Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {storyFacts, taskFacts} from '../board/facts.ts'
import type {Act, Caller} from '../board/member.ts'
import type {Story} from '../board/story.ts'
import type {Database} from '../store/connection.ts'
import type {NewEvent} from '../store/event-log.ts'
import {anyOf} from '../store/resources.ts'
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
    return {result: null, ...(await deleteStories(trx, act, [story]))}
  })
}

/** The deletion of stories that are locked, with their tasks. The events are first of the tasks, then of the stories. */
export async function deleteStories(
  trx: Transaction<Tables>,
  act: Act,
  stories: readonly Story[],
): Promise<{events: NewEvent[]; writes: Compilable[]}> {
  if (stories.length === 0) return {events: [], writes: []}
  const organizationId = act.by.organization_id
  const ids = stories.map(({id}) => id)
  const tasks = await lockTasksOf(trx, organizationId, stories)
  const writes = [
    trx.deleteFrom('tasks').where('organization_id', '=', organizationId).where('story_id', '=', anyOf(ids)),
    trx.deleteFrom('stories').where('organization_id', '=', organizationId).where('id', '=', anyOf(ids)),
  ]
  const taskEvents = tasks.map((task): NewEvent => {
    const event = {type: 'task.deleted', ...taskFacts(nextVersion(task, act), act)} as const
    return {event, ...concernOf(act, task)}
  })
  const storyEvents = stories
    .map(story => nextVersion(story, act))
    .map((story): NewEvent => ({event: {type: 'story.deleted', ...storyFacts(story, act), story}}))
  return {events: [...taskEvents, ...storyEvents], writes}
}
