/** Stories that go to another sprint, or out of theirs, take their tasks along. */
import {type Compilable, sql, type Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {storyFacts, taskFacts} from '../board/facts.ts'
import type {Act} from '../board/member.ts'
import type {Story} from '../board/story.ts'
import type {NewEvent} from '../store/event-log.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {concernOf} from './alter-task.ts'
import {lockTasksOf} from './locks.ts'

export interface StoryMove {
  before: Story
  /** All go to the same sprint. */
  after: Story
}

/**
 * The moves of stories that are locked, and of their tasks, which it locks. The events are `story.moved` for each,
 * followed by the `task.moved` of its tasks: a board that a story joins must have it before its tasks come.
 */
export async function moveStories(
  trx: Transaction<Tables>,
  act: Act,
  moves: readonly StoryMove[],
): Promise<{events: NewEvent[]; writes: Compilable[]}> {
  const [first] = moves
  if (!first) return {events: [], writes: []}
  const organizationId = act.by.organization_id
  const {sprint_id} = first.after
  const ids = moves.map(({before}) => before.id)
  const tasks = await lockTasksOf(
    trx,
    organizationId,
    moves.map(({before}) => before),
  )
  const moved = {sprint_id, version: sql<number>`version + 1`, updated_at: act.at}
  const writes = [
    trx
      .updateTable('stories')
      .set(moved)
      .where('organization_id', '=', organizationId)
      .where('id', '=', anyOf(ids)),
    trx
      .updateTable('tasks')
      .set(moved)
      .where('organization_id', '=', organizationId)
      .where('story_id', '=', anyOf(ids)),
  ]
  const events = moves.flatMap(({before, after: story}): NewEvent[] => {
    const fromTo = {from_sprint_id: before.sprint_id, to_sprint_id: story.sprint_id}
    const taskEvents = tasks
      .filter(({story_id}) => story_id === story.id)
      .map(before => ({before, task: nextVersion({...before, sprint_id}, act)}))
      .map(({before, task}): NewEvent => {
        const event = {type: 'task.moved', ...taskFacts(task, act), ...fromTo, task} as const
        return {event, ...concernOf(act, before, task)}
      })
    return [{event: {type: 'story.moved', ...storyFacts(story, act), ...fromTo, story}}, ...taskEvents]
  })
  return {events, writes}
}
