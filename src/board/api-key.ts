/** API keys. Programs authenticate with these keys. Each key belongs to a separate member. */
import {z} from 'zod'
import {id, instant, newTitle} from './fields.ts'
import {memberSchema, roles} from './member.ts'

const role = z.enum(roles)

/** The fields of a key that admins can see. The key itself is not stored. */
export const apiKeySchema = z
  .object({
    id,
    member_id: id.meta({description: 'The member that makes the requests with this key.'}),
    name: memberSchema.shape.name,
    role,
    created_at: instant,
    expires_at: instant.nullable().meta({description: 'Null when the key does not expire.'}),
    revoked_at: instant.nullable().meta({description: 'Null when the key has not been revoked.'}),
  })
  .meta({id: 'ApiKey'})
export type ApiKey = z.infer<typeof apiKeySchema>

export const createdApiKeySchema = apiKeySchema
  .extend({
    key: z
      .string()
      .meta({description: 'The key: `bck_` and 43 characters. Save the key, because it is not shown again.'}),
  })
  .meta({id: 'CreatedApiKey'})
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>

export const newApiKeySchema = z
  .strictObject({
    name: newTitle,
    role,
    expires_at: z.iso
      .datetime({offset: true})
      .transform(value => new Date(value).toISOString())
      .nullable()
      .default(null)
      .meta({description: 'A time in the future. With null, the key does not expire.'}),
  })
  .meta({id: 'NewApiKey'})
export type NewApiKey = z.output<typeof newApiKeySchema>
