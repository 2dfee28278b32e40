/** The dashboard: the projects of an organization with their sprints, stories and escalations. */
import {z} from 'zod'
import {escalationSchema} from './escalation.ts'
import {projectSchema} from './project.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'

const dashboardStorySchema = storySchema.partial({description: true}).meta({id: 'DashboardStory'})

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
