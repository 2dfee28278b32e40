import {z} from 'zod'
import {parseCursor} from './cursor.ts'
import {boardDigest, id} from './fields.ts'

/** A report of a client: at `cursor`, the client's board had another digest than the server's board. */
export const divergenceSchema = z
  .strictObject({
    sprint_id: id,
    cursor: z
      .string()
      .refine(value => parseCursor(value) !== undefined, {message: 'must be a cursor'})
      .meta({description: 'The position at which the client compared the boards.'}),
    expected: boardDigest.meta({description: 'The digest in `stream.checkpoint`.'}),
    actual: boardDigest.meta({description: 'The digest of the client’s board.'}),
  })
  .meta({id: 'Divergence'})
export type Divergence = z.infer<typeof divergenceSchema>
