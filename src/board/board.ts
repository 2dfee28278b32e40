/** The board of one sprint: what `GET /sprints/{id}/board` answers. */
import {z} from 'zod'
import {memberSchema} from './member.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'
import {taskSchema} from './task.ts'

export const boardStorySchema = storySchema.extend({tasks: z.array(taskSchema)}).meta({id: 'BoardStory'})
export type BoardStory = z.infer<typeof boardStorySchema>

/** Stories, tasks and members are ordered by id, which is the order in which they were made. */
export const boardSchema = z
  .object({
    sprint: sprintSchema,
    stories: z.array(boardStorySchema),
    /** Everybody in the organization, so that any owner has a name. */
    members: z.array(memberSchema),
  })
  .meta({id: 'Board'})
export type Board = z.infer<typeof boardSchema>
