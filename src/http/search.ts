import {z} from 'zod'
import {id, text} from '../board/fields.ts'
import {searchResultSchema, wordsOf} from '../board/search.ts'
import {parseTaskKey} from '../board/task-key.ts'
import {search} from '../store/search.ts'
import {route} from './route.ts'

const place = z.string().regex(/^[0-3]-[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/)

const searchQuery = z.strictObject({
  q: text({min: 1, max: 200, trim: true}).meta({
    description:
      'Words, or the key of a task. A text must contain all words. The last word also finds longer words.',
    example: 'fuel val',
  }),
  project_id: id.optional().meta({description: 'Only this project. Default: all projects.'}),
  limit: z.coerce
    .number({error: 'must be a single whole number'})
    .int()
    .min(1)
    .max(50)
    .default(20)
    .meta({description: 'The maximum number of results on the page.'}),
  after: place.optional().meta({
    description:
      'The value of `next` on the previous page. Without this parameter, the first page is returned.',
  }),
})

const searchPageSchema = z
  .object({
    items: z.array(searchResultSchema).meta({
      description:
        'The task whose key is the query, then results with the words in the title, then other tasks and stories, then comments. In each group, the newest is first.',
    }),
    next: place
      .nullable()
      .meta({description: 'The value of `after` that requests the next page, or null on the last page.'}),
  })
  .meta({id: 'SearchPage'})

export const searchRoutes = [
  route({
    method: 'get',
    path: '/search',
    operationId: 'search',
    tag: 'Search',
    summary: 'Find tasks, stories and comments by words in their texts, and tasks by their keys.',
    description:
      'Searches the titles and descriptions of tasks and stories, and comments. The case of letters does not matter. Words are separated by spaces and punctuation. All texts of a response are plain text. A search that takes longer than two seconds fails with `store-busy`.',
    query: searchQuery,
    success: 200,
    response: searchPageSchema,
    problems: ['query-without-words', 'query-too-long', 'project-not-found'],
    read: ({caller, query: {q, project_id, limit, after}}, {db}) =>
      search(db, caller.organization_id, {
        words: wordsOf(q),
        key: parseTaskKey(q),
        projectId: project_id,
        limit,
        after,
      }),
  }),
]
