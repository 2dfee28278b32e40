/** The dashboard: the projects of an organization with their sprints, stories and escalations. */
import {z} from 'zod'
import {escalationSchema} from './escalation.ts'
import {projectSchema} from './project.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'

/** The numbers of tasks are 0 for a story without tasks. A cancelled task is not counted. */
const dashboardStorySchema = storySchema
  .partial({description: true})
  .extend({
    task_count: z.int().min(0).meta({description: 'The number of tasks that are not cancelled.'}),
    completed_task_count: z.int().min(0),
  })
  .meta({id: 'DashboardStory'})
export type DashboardStory = z.infer<typeof dashboardStorySchema>

/** Each list is sorted by id, and therefore by the time when its items were created. */
export const dashboardSchema = z
  .object({
    projects: z.array(projectSchema),
    sprints: z.array(sprintSchema),
    stories: z.array(dashboardStorySchema),
    escalations: z.array(escalationSchema),
    complete: z.boolean().meta({
      description:
        'False when a list is too long for one response. The list then contains only the newest items. The lists of each project, such as `GET /projects/{id}/stories`, return all items in pages.',
    }),
  })
  .meta({id: 'Dashboard'})
export type Dashboard = z.infer<typeof dashboardSchema>
