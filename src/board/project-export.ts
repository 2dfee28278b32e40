/** The export of a project: everything that its members have written, in one JSON document. */
import {z} from 'zod'
import {commentSchema} from './comment.ts'
import {instant} from './fields.ts'
import {labelSchema} from './label.ts'
import {memberSchema} from './member.ts'
import {projectSchema} from './project.ts'
import {sprintSchema} from './sprint.ts'
import {storySchema} from './story.ts'
import {taskSchema} from './task.ts'

/** Increases when a program that reads an older version could misread the document. */
export const exportVersion = 1

/** The lists are sorted by id. The comments are sorted by the id of their task, and then by their own id. */
export const projectExportSchema = z
  .object({
    boardcast_export: z.literal(exportVersion).meta({description: 'The version of this format.'}),
    exported_at: instant,
    project: projectSchema,
    members: z.array(memberSchema).meta({
      description: 'The members who own or created a task, or have written a comment, of the project.',
    }),
    labels: z.array(labelSchema),
    sprints: z.array(sprintSchema),
    stories: z.array(storySchema),
    tasks: z.array(taskSchema),
    comments: z.array(commentSchema),
  })
  .meta({id: 'ProjectExport'})
