/** The stories to which tasks can be moved, as a list of choices. */
import type {Sprint, Story} from '../../client/client.ts'
import type {Choice} from '../parts/choices.ts'

/**
 * Returns the open stories of this sprint, of the other sprints that are not closed, and of the backlog, in this order.
 * `sprintId` is the sprint of the tasks, or null when they are in the backlog, whose stories then come first.
 */
export function storyChoices(
  stories: readonly Story[],
  sprints: readonly Sprint[],
  sprintId: string | null,
): Choice[] {
  const open = stories.filter(({status}) => status !== 'done')
  const others = sprints.filter(({id, status}) => id !== sprintId && status !== 'closed')
  const backlog = {id: null, name: 'Backlog'}
  const places = sprintId ? [{id: sprintId, name: 'This sprint'}, ...others, backlog] : [backlog, ...others]
  return places.flatMap(({id, name}) =>
    open
      .filter(({sprint_id}) => sprint_id === id)
      .map((story, index) => ({
        id: story.id,
        label: `${story.title} · ${name}`,
        view: story.title,
        ...(index === 0 && {heading: name}),
      })),
  )
}
