import {z} from 'zod'
import {id, instant, newTitle, prose, rank, title, version} from './fields.ts'

export const storyStatuses = ['draft', 'ready', 'committed', 'in_progress', 'done'] as const
export const storyStatus = z.enum(storyStatuses)
export type StoryStatus = z.infer<typeof storyStatus>

export const storySchema = z
  .object({
    id,
    project_id: id,
    sprint_id: id.nullable(),
    title,
    description: prose,
    status: storyStatus,
    rank,
    version,
    created_at: instant,
    updated_at: instant,
  })
  .meta({id: 'Story'})
export type Story = z.infer<typeof storySchema>

export const newStorySchema = z.strictObject({
  title: newTitle,
  description: prose.default(''),
  sprint_id: id.nullable().default(null),
})
export type NewStory = z.infer<typeof newStorySchema>

/**
 * A new value of `sprint_id` moves the story and its tasks to the sprint with this id. The value null removes the story
 * and its tasks from their sprint.
 */
export const storyEditSchema = z
  .strictObject({title: newTitle, description: prose, sprint_id: id.nullable()})
  .partial()
export type StoryEdit = z.infer<typeof storyEditSchema>

/** The new place of a story, like the place of a task. */
export const storyPlaceSchema = z
  .union(
    [z.strictObject({after_story_id: id.nullable()}), z.strictObject({before_story_id: id.nullable()})],
    {
      error: 'must contain either after_story_id or before_story_id, which is the id of a story or null',
    },
  )
  .meta({id: 'StoryPlace'})
export type StoryPlace = z.infer<typeof storyPlaceSchema>
