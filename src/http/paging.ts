/** Lists are returned in pages: `?limit=&after=` → `{items, next}`. */
import {z} from 'zod'
import {id} from '../board/fields.ts'

export const pageQuery = z.strictObject({
  limit: z.coerce
    .number({error: 'must be one whole number'})
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({description: 'The maximum number of items.'}),
  after: id
    .optional()
    .meta({description: 'The `next` of the previous page. Without it, the first page is returned.'}),
})

const oldestFirst = 'Ordered by id, ascending: the oldest first.'
export const newestFirst = 'Ordered by id, descending: the newest first.'

/** A page of items; `name` is that of its schema in the contract. */
export function pageSchema<Item extends z.ZodType>(name: string, item: Item, order = oldestFirst) {
  return z
    .object({
      items: z.array(item).meta({description: order}),
      next: id.nullable().meta({description: 'The `after` of the next page; null on the last page.'}),
    })
    .meta({id: name})
}
