/** The columns of each resource: a row without its organization is the resource as callers see it. */
import {projectSchema} from '../board/project.ts'
import {sprintSchema} from '../board/sprint.ts'
import {storySchema} from '../board/story.ts'
import {taskSchema} from '../board/task.ts'

export const projectColumns = projectSchema.keyof().options
export const sprintColumns = sprintSchema.keyof().options
export const storyColumns = storySchema.keyof().options
export const taskColumns = taskSchema.keyof().options
