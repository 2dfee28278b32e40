/** Lists are returned in pages. The query contains `limit` and `after`; the response contains `items` and `next`. */
import {z} from 'zod'
import {id} from '../board/fields.ts'

export const pageQuery = z.strictObject({
  limit: z.coerce
    .number({error: 'must be a single whole number'})
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({description: 'The maximum number of items on the page.'}),
  after: id.optional().meta({
    description:
      'The value of `next` on the previous page. Without this parameter, the first page is returned.',
  }),
})

const oldestFirst = 'The items, sorted by id: the oldest item is first.'
export const newestFirst = 'The items, sorted by id in descending order: the newest item is first.'

/** Returns the schema of a page of items. `name` is the name of this schema in the contract. */
export function pageSchema<Item extends z.ZodType>(name: string, item: Item, order = oldestFirst) {
  return z
    .object({
      items: z.array(item).meta({description: order}),
      next: id
        .nullable()
        .meta({description: 'The value of `after` that requests the next page, or null on the last page.'}),
    })
    .meta({id: name})
}
