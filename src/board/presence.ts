/** Presence: the members who have a board open. */
import {z} from 'zod'
import {id} from './fields.ts'
import {memberSchema} from './member.ts'

/** The maximum number of members that the presence of a board lists. The others are only counted. */
export const maxPresentMembers = 200
/** The maximum number of open tasks that are listed for one member. */
export const maxOpenTasks = 8

/** The maximum number of sprints of a stream with presence. */
export const maxPresenceSprints = 10

const sprintId = id.meta({description: 'The sprint of the board.'})
const userId = id.meta({description: 'The id of the member.'})

const presentMemberSchema = z
  .object({
    user_id: userId,
    name: memberSchema.shape.name,
    task_ids: z.array(id).meta({
      description: `The tasks that the member has open, sorted: at most ${maxOpenTasks}.`,
    }),
  })
  .meta({
    id: 'PresentMember',
    description: 'A member who has the board open. A member with several devices or tabs is listed once.',
  })

const members = z.array(presentMemberSchema).meta({
  description: `The members who have the board open, sorted by \`user_id\`: at most ${maxPresentMembers}.`,
})
const more = z.int().min(0).meta({description: 'The number of present members who are not listed.'})

export const presenceSchema = z.object({sprint_id: sprintId, members, more}).meta({
  id: 'Presence',
  description: 'The members who have a board open with `presence=true`.',
})

export const presenceChangeSchema = z.object({
  sprint_id: sprintId,
  joined: z
    .array(presentMemberSchema)
    .meta({description: 'Members to add to the list. If a member is already listed, replace the entry.'}),
  left: z.array(userId).meta({description: 'The ids of the members to remove from the list.'}),
  updated: z
    .array(presentMemberSchema)
    .meta({description: 'Listed members with another name or other open tasks. Replace their entries.'}),
  more,
})

/** What a tab of the caller shows. */
export const openTaskSchema = z
  .strictObject({
    client_id: z
      .string()
      .regex(/^[\w-]{1,36}$/, {error: 'must have 1 to 36 letters, digits, hyphens and underscores'})
      .meta({description: 'Identifies the tab. Each tab chooses a random value, and keeps this value.'}),
    task_id: id
      .nullable()
      .meta({description: 'The task that the tab shows. Null when the tab shows no task.'}),
  })
  .meta({id: 'OpenTask'})
