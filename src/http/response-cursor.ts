import {z} from 'zod'

/** The field of a response that contains the cursor of the response. */
export const responseCursor = z.string().meta({
  description:
    'The same cursor as in the `Event-Id` header. A stream from this cursor delivers every event that the response does not include.',
})
