/** Finds tasks, stories and comments by their words. */
import {CompiledQuery, type RawBuilder, sql, type Transaction} from 'kysely'
import {excerptOf, hitsIn, isPrefix, type SearchKind, type SearchResult} from '../board/search.ts'
import type {Database} from './connection.ts'
import {anyOf, requireRow, selectProjects} from './resources.ts'
import {runBatch} from './round-trips.ts'
import {type Page, type Snapshot, snapshot} from './snapshots.ts'
import type {Tables} from './tables.ts'

export interface SearchRequest {
  /** At least one word, which consists of letters and digits. */
  words: readonly string[]
  /** The key of a task, in capital letters, if the query is a key. This task is the first result. */
  key?: string | undefined
  /** Default: all projects of the organization. */
  projectId?: string | undefined
  limit: number
  /** The value of `next` of the previous page. */
  after?: string | undefined
}

/** The index returns matches in no order. Up to this number of matches, sorting all of them costs less than 5 ms. */
const maxSorted = 1_000
/** Testing so many texts for a match costs about 50 ms. */
const newestTexts = 5_000
const noId = '00000000-0000-0000-0000-000000000000'
const maxSearchMs = 2_000

/**
 * Returns the texts that contain all words: first the task with the key, then texts with the words in the title, then other
 * tasks and stories, then comments; among those, the newest first. Throws Problem 'project-not-found'. Throws an error of
 * `isBusy` when a statement of the search takes longer than 2 s.
 */
export async function search(
  db: Database,
  organizationId: string,
  {words, key, projectId, limit, after}: SearchRequest,
): Promise<Snapshot<Page<SearchResult>>> {
  return snapshot(db, organizationId, async trx => {
    if (projectId) await requireRow('project', selectProjects(trx, organizationId), projectId)
    const found = await find(trx, {organizationId, words, key, projectId}, limit + 1, placeOf(after))
    const page = found.slice(0, limit)
    const last = page.at(-1)
    return {
      items: await readResults(trx, organizationId, page, words),
      next: found.length > limit && last ? `${last.group}-${last.id}` : null,
    }
  })
}

/** A place in the order of the results. */
interface Place {
  /** 0: the key of the task is the query. 1: the title contains the words. 2: a task or story. 3: a comment. */
  group: number
  id: string
}

const groups = [1, 2, 3]

function placeOf(after: string | undefined): Place | undefined {
  return after === undefined ? undefined : {group: Number(after[0]), id: after.slice(2)}
}

type Wanted = Pick<SearchRequest, 'words' | 'key' | 'projectId'> & {organizationId: string}

async function find(
  trx: Transaction<Tables>,
  wanted: Wanted,
  limit: number,
  after: Place | undefined,
): Promise<Place[]> {
  const few = await findFew(trx, wanted, limit, after)
  const found: Place[] = []
  for (const {group, ids, count} of few) {
    const missing = limit - found.length
    if (missing === 0) break
    const complete = count > maxSorted ? await findMany(trx, wanted, group, missing, after) : ids
    found.push(...complete.slice(0, missing).map(id => ({group, id})))
  }
  return found
}

interface Few {
  group: number
  /** The newest matches, newest first. They are complete only if `count` is at most `maxSorted`. */
  ids: string[]
  count: number
}

/** Finds the newest matches of each group, if a group has at most `maxSorted` matches. */
async function findFew(
  trx: Transaction<Tables>,
  wanted: Wanted,
  limit: number,
  after: Place | undefined,
): Promise<Few[]> {
  const {organizationId, key = null, projectId = null} = wanted
  const tables = groups.map(group => {
    const {match, isEarlier} = conditions(wanted, group)
    return sql`${sql.ref(`group_${group}`)} as materialized (
      select id, ${isEarlier} as is_earlier from search_documents
      where organization_id = ${organizationId} and ${match}
      limit ${maxSorted + 1}
    )`
  })
  const newest = groups.map(
    group => sql`
    select ${group}::integer as "group", (select count(*) from ${sql.table(`group_${group}`)}) as count, array(
      select id from ${sql.table(`group_${group}`)}
      where not is_earlier and id is distinct from (select id from with_key) and ${follows(group, after)}
      order by id desc limit ${limit}
    ) as ids`,
  )
  const query = sql<Few>`
    with with_key as materialized (
      select id from tasks
      where organization_id = ${organizationId} and key = ${key}
        and (${projectId}::uuid is null or project_id = ${projectId}::uuid)
    ), ${sql.join(tables)}
    select 0 as "group", 0::bigint as count, array(select id from with_key where ${!after}::boolean) as ids
    union all ${sql.join(newest, sql` union all `)}
    order by "group"`
  // A plan that fits every word would read all matches of a frequent word. A plan for these words uses the statistics.
  const settings = `set local statement_timeout = ${maxSearchMs}; set local plan_cache_mode = force_custom_plan;
    set local enable_seqscan = off`
  return runBatch(trx, [CompiledQuery.raw(settings)], query.compile(trx))
}

/**
 * Finds the newest matches of a group with many matches. Most of such words are frequent everywhere, so the newest texts
 * contain enough matches. A word of one project or of old texts may have all its matches after a million other texts; then
 * the index finds the matches, and all of them are sorted.
 */
async function findMany(
  trx: Transaction<Tables>,
  wanted: Wanted,
  group: number,
  limit: number,
  after: Place | undefined,
): Promise<string[]> {
  const {organizationId, key = null} = wanted
  const {match, isEarlier} = conditions(wanted, group)
  const following = sql`organization_id = ${organizationId} and ${follows(group, after)}`
  const matching = sql`${match} and not ${isEarlier}
    and id is distinct from (select id from tasks where organization_id = ${organizationId} and key = ${key})`
  const newest = sql<{ids: string[]; end: string | null}>`
    with window_end as materialized (
      select id from search_documents where ${following} order by id desc offset ${newestTexts} limit 1
    )
    select (select id from window_end) as "end", array(
      select id from search_documents
      where ${following} and id > coalesce((select id from window_end), ${noId}) and ${matching}
      order by id desc limit ${limit}
    ) as ids`
  const readInOrder = CompiledQuery.raw('set local enable_bitmapscan = off')
  const [found] = await runBatch(trx, [readInOrder], newest.compile(trx))
  const {ids, end} = found!
  if (ids.length === limit || end === null) return ids
  const older = sql<{id: string}>`
    with matches as materialized (
      select id from search_documents where ${following} and id <= ${end} and ${matching}
    )
    select id from matches order by id desc limit ${limit - ids.length}`
  const readByIndex = CompiledQuery.raw('set local enable_bitmapscan = on')
  const rest = await runBatch(trx, [readByIndex], older.compile(trx))
  return [...ids, ...rest.map(({id}) => id)]
}

/** Returns the condition of the group, and the condition of those matches that an earlier group contains. */
function conditions({organizationId, words, projectId}: Wanted, group: number) {
  // Postgres may take a word such as `3e5a9f2` as several words in a row. The index knows no order of words.
  const query = sql`replace(to_tsquery('simple', ${queryText(words)})::text, '<->', '&')::tsquery`
  const marks = [`o:${organizationId}`, ...(projectId ? [`p:${projectId}`] : [])]
  const matches = (column: 'title_words' | 'words', ...more: string[]): RawBuilder<boolean> => {
    const scope = [...marks, ...more].map(mark => `'${mark}'`).join(' & ')
    // Postgres may know no letter of the word, and would then find every text.
    return sql`(numnode(${query}) > 0 and ${sql.ref(column)} @@ (${query} && ${scope}::tsquery))`
  }
  if (group === 1) return {match: matches('title_words'), isEarlier: sql<boolean>`false`}
  if (group === 2) return {match: matches('words', 'k:text'), isEarlier: matches('title_words')}
  return {match: matches('words', 'k:comment'), isEarlier: sql<boolean>`false`}
}

function follows(group: number, after: Place | undefined): RawBuilder<boolean> {
  if (!after || after.group < group) return sql`true`
  return after.group === group ? sql`id < ${after.id}` : sql`false`
}

/** Returns the words for `to_tsquery`. */
function queryText(words: readonly string[]): string {
  const operands = words.map((word, index) => {
    const mark = index === words.length - 1 && isPrefix(words) ? ':*' : ''
    const forms = formsOf(word).map(form => form + mark)
    return forms.length === 1 ? forms[0]! : `(${forms.join(' | ')})`
  })
  return operands.join(' & ')
}

/**
 * Returns the spellings of the word in small letters, in capital letters, with a capital first letter, and as in the query.
 * In a database with LC_CTYPE=C, Postgres ignores only the case of ASCII letters.
 */
function formsOf(word: string): string[] {
  const small = word.toLowerCase()
  const [first = '', ...rest] = small
  const forms = [word, small, first.toUpperCase() + rest.join(''), small.toUpperCase()]
  // A form of another length is another word for Postgres and for the hits: `SS` is the capital form of `ß`. `I` is the
  // capital form of both `i` and `ı`.
  const sameWord = forms.filter(form => form.length === word.length && form.toLowerCase() === small)
  return [...new Set(sameWord.map(form => form.replace(/[A-Z]/g, letter => letter.toLowerCase())))]
}

/** Reads the texts, in the order of `found`. A text that was deleted meanwhile is omitted. */
async function readResults(
  trx: Transaction<Tables>,
  organizationId: string,
  found: readonly Place[],
  words: readonly string[],
): Promise<SearchResult[]> {
  if (found.length === 0) return []
  const ids = anyOf(found.map(({id}) => id))
  const tasks = trx
    .selectFrom('tasks as t')
    .select(sql<SearchKind>`'task'`.as('kind'))
    .select(['t.id', 't.project_id', 't.sprint_id', 't.story_id', 't.id as task_id', 't.key', 't.title'])
    .select('t.description as text')
    .where('t.organization_id', '=', organizationId)
    .where('t.id', '=', ids)
  const stories = trx
    .selectFrom('stories as s')
    .select(sql<SearchKind>`'story'`.as('kind'))
    .select(['s.id', 's.project_id', 's.sprint_id', 's.id as story_id'])
    .select([sql<string | null>`null::uuid`.as('task_id'), sql<string | null>`null::text`.as('key')])
    .select(['s.title', 's.description as text'])
    .where('s.organization_id', '=', organizationId)
    .where('s.id', '=', ids)
  const comments = trx
    .selectFrom('comments as c')
    .innerJoin('tasks as t', join =>
      join.onRef('t.organization_id', '=', 'c.organization_id').onRef('t.id', '=', 'c.task_id'),
    )
    .select(sql<SearchKind>`'comment'`.as('kind'))
    .select(['c.id', 't.project_id', 't.sprint_id', 't.story_id', 't.id as task_id', 't.key', 't.title'])
    .select('c.body as text')
    .where('c.organization_id', '=', organizationId)
    .where('c.id', '=', ids)
  const {rows} = await sql<Omit<SearchResult, 'title_hits' | 'excerpt' | 'excerpt_hits'> & {text: string}>`
    ${tasks} union all ${stories} union all ${comments}`.execute(trx)
  const texts = new Map(rows.map(row => [row.id, row]))
  return found.flatMap(({id}) => {
    const row = texts.get(id)
    if (!row) return []
    const {text, ...fields} = row
    return {...fields, title_hits: hitsIn(row.title, words), ...excerptOf(text, words)}
  })
}
