/** Lists are given in pages: `?limit=&after=` → `{items, next}`. */
import {z} from 'zod'
import {id} from '../board/fields.ts'

export const pageQuery = z.strictObject({
  limit: z.coerce
    .number({error: 'Must be one whole number'})
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({description: 'Items at the most.'}),
  after: id.optional().meta({description: 'The `next` of the page before; absent: the first page.'}),
})

const oldestFirst = 'Ascending by id, which is the order in which they were made.'
export const newestFirst = 'Descending by id: the last that was made comes first.'

/** A page of things; `name` is that of its schema in the contract. */
export function pageSchema<Item extends z.ZodType>(name: string, item: Item, order = oldestFirst) {
  return z
    .object({
      items: z.array(item).meta({description: order}),
      next: id.nullable().meta({description: 'The `after` of the next page; null when this is the last.'}),
    })
    .meta({id: name})
}
