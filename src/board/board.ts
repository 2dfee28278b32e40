/** The board of one sprint, as `GET /sprints/{id}/board` returns it. */
import {z} from 'zod'
import {labelSchema} from './label.ts'
import {memberSchema} from './member.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'
import {boardTaskSchema} from './task.ts'

const boardStorySchema = storySchema
  .partial({description: true})
  .extend({tasks: z.array(boardTaskSchema)})
  .meta({id: 'BoardStory'})
export type BoardStory = z.infer<typeof boardStorySchema>

/** Stories, tasks, labels and members are sorted by id, and therefore by the time when they were created. */
export const boardSchema = z
  .object({
    sprint: sprintSchema,
    stories: z.array(boardStorySchema),
    labels: z.array(labelSchema).meta({description: 'All labels of the project.'}),
    members: z.array(memberSchema).meta({
      description:
        'The members who own or created a task of the board. An event may add a member who is not listed; ' +
        '`GET /members` lists all members.',
    }),
  })
  .meta({id: 'Board'})
export type Board = z.infer<typeof boardSchema>
