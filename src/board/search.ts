/** The search: its query and its results, and how words are found in a text. All functions are pure. */
import {z} from 'zod'
import {id, title} from './fields.ts'
import {Problem} from './problem.ts'
import {taskKey} from './task-key.ts'
import {truncate} from './truncate.ts'

const maxWords = 10

/** The kinds of texts that a search finds. */
const searchKind = z.enum(['task', 'story', 'comment'])
export type SearchKind = z.infer<typeof searchKind>

const hits = z.array(z.object({start: z.int().min(0), end: z.int().min(1)}).meta({id: 'SearchHit'}))

export const searchResultSchema = z
  .object({
    kind: searchKind,
    id: id.meta({description: 'The id of the task, story or comment.'}),
    project_id: id,
    sprint_id: id.nullable().meta({description: 'The sprint of the story. Null for a story in no sprint.'}),
    story_id: id.meta({description: 'The story, or the story of the task.'}),
    task_id: id.nullable().meta({description: 'The task, or the task of the comment. Null for a story.'}),
    key: taskKey.nullable().meta({description: 'The key of the task `task_id`.'}),
    title: title.meta({description: 'The title of the story or of the task `task_id`.'}),
    title_hits: hits.meta({
      description: 'The words of the query in `title`, as positions in UTF-16 code units.',
    }),
    excerpt: z
      .string()
      .meta({description: 'Up to 200 characters of the description or comment, as plain text.'}),
    excerpt_hits: hits.meta({description: 'Like `title_hits`, in `excerpt`.'}),
  })
  .meta({id: 'SearchResult'})
export type SearchResult = z.infer<typeof searchResultSchema>
type Hit = {start: number; end: number}

// The database separates words at the same characters, see `search_words` in the schema.
const character = String.raw`[\p{L}\p{N}\p{M}]`
const word = new RegExp(`${character}+`, 'gu')

/**
 * Returns the words of a query. The last word also finds longer words, if it has two characters or more. Throws Problem
 * 'query-without-words' or 'query-too-long'.
 */
export function wordsOf(query: string): string[] {
  const words = query.match(word) ?? []
  if (words.length === 0) {
    throw new Problem('query-without-words', 'The query has no letter and no digit. Search for a word.')
  }
  if (words.length > maxWords) {
    const detail = `The query has more than ${maxWords} words. Search for fewer words.`
    throw new Problem('query-too-long', detail, {limit: maxWords})
  }
  return words
}

/** Returns whether the last of the words also finds longer words. */
export function isPrefix(words: readonly string[]): boolean {
  return words.at(-1)!.length > 1
}

/** Returns the places of the words in the text, in ascending order. */
export function hitsIn(text: string, words: readonly string[]): Hit[] {
  return [...findHits(text, words)]
}

const endsWithCharacter = new RegExp(`${character}$`, 'u')
const beginsWithCharacter = new RegExp(`^${character}`, 'u')

/**
 * Finds the hits one after another. The patterns with the classes of all characters are constants, because V8 compiles such
 * a class for milliseconds, and each query has new words.
 */
function* findHits(text: string, words: readonly string[]): Generator<Hit> {
  const patterns = words.map(word => new RegExp(word, 'iuy'))
  // A candidate consists of characters of words, so no other word begins within it.
  for (const {index: start} of text.matchAll(new RegExp(words.join('|'), 'giu'))) {
    if (endsWithCharacter.test(text.slice(Math.max(start - 2, 0), start))) continue
    const ends = patterns.flatMap(pattern => endOf(pattern, text, start) ?? [])
    const whole = ends.find(end => !beginsWithCharacter.test(text.slice(end, end + 2)))
    const end = whole ?? (isPrefix(words) ? endOf(patterns.at(-1)!, text, start) : undefined)
    if (end !== undefined) yield {start, end}
  }
}

/** Returns the end of the match that begins at `start`. */
function endOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const maxExcerptLength = 200
const lengthBefore = 60 // of the text before the first hit, so that a reader sees the context

/** Returns the part of the text around the first hit, and the places of the words in this part. */
export function excerptOf(text: string, words: readonly string[]): {excerpt: string; excerpt_hits: Hit[]} {
  const {value} = findHits(text, words).next()
  const first = value?.start ?? 0
  const from = first > lengthBefore ? first - lengthBefore : 0
  const nextWord = text.indexOf(' ', from) + 1
  const start = from > 0 && nextWord > 0 && nextWord <= first ? nextWord : from
  // The start may be between the halves of a surrogate pair.
  const excerpt = truncate(text.slice(start).replace(/^[\udc00-\udfff]/, ''), maxExcerptLength)
  return {excerpt, excerpt_hits: hitsIn(excerpt, words)}
}
