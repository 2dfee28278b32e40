/** The labels of a project. */
import {z} from 'zod'
import {id, instant, name, text, version} from './fields.ts'

/** Clients choose the colors, for example one for a light and one for a dark background. */
export const labelColors = [
  'gray',
  'red',
  'orange',
  'yellow',
  'green',
  'teal',
  'blue',
  'indigo',
  'purple',
  'pink',
] as const
const color = z.enum(labelColors)

const nameLimits = {min: 1, max: 50, trim: true}

export const labelSchema = z
  .object({
    id,
    project_id: id,
    name: text(nameLimits),
    color,
    version,
    created_at: instant,
    updated_at: instant,
  })
  .meta({id: 'Label'})
export type Label = z.infer<typeof labelSchema>

export const newLabelSchema = z.strictObject({
  name: name(nameLimits),
  color: color.default('gray'),
})
export type NewLabel = z.infer<typeof newLabelSchema>

export const labelEditSchema = z.strictObject({name: newLabelSchema.shape.name, color}).partial()
export type LabelEdit = z.infer<typeof labelEditSchema>
