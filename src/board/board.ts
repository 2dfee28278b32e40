/** The board of one sprint, and the backlog of a project, as the API returns them. */
import {z} from 'zod'
import {labelSchema} from './label.ts'
import {memberSchema} from './member.ts'
import {projectSchema} from './project.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'
import {boardTaskSchema} from './task.ts'

const boardStorySchema = storySchema
  .partial({description: true})
  .extend({tasks: z.array(boardTaskSchema)})
  .meta({id: 'BoardStory'})
export type BoardStory = z.infer<typeof boardStorySchema>

/** Stories, tasks, labels and members are sorted by id, and therefore by the time when they were created. */
const lists = {
  stories: z.array(boardStorySchema),
  labels: z.array(labelSchema).meta({description: 'All labels of the project.'}),
  members: z.array(memberSchema).meta({
    description:
      'The members who own or created a task of the board. An event may add a member who is not listed; ' +
      '`GET /members` lists all members.',
  }),
}

export const boardSchema = z.object({sprint: sprintSchema, ...lists}).meta({id: 'Board'})
export type Board = z.infer<typeof boardSchema>

/** The stories of a project that are in no sprint, with their tasks. */
export const backlogSchema = z.object({project: projectSchema, ...lists}).meta({id: 'Backlog'})
export type Backlog = z.infer<typeof backlogSchema>
