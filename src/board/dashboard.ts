/** The dashboard: the projects of an organization with their sprints, stories and escalations. */
import {z} from 'zod'
import {escalationSchema} from './escalation.ts'
import {projectSchema} from './project.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'

const taskCount = (description: string) => z.int().min(0).optional().meta({description})
const hours = (description: string) => z.number().min(0).optional().meta({description})
const dashboardStorySchema = storySchema
  .partial({description: true})
  .extend({
    task_count: taskCount(
      'The number of tasks that are not cancelled. Only the newest 2,000 stories have this number.',
    ),
    completed_task_count: taskCount('Present if `task_count` is present.'),
    estimated_hours: hours('The sum of the estimates of these tasks. Present if `task_count` is present.'),
    completed_hours: hours(
      'The sum of the estimates of the completed tasks. Present if `task_count` is present.',
    ),
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
