import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {Backlog, Board} from '../../client/client.ts'
import {type HistoryList, namedIdsIn} from './history-list.ts'
import type {HistoryOf} from './history-text.ts'

const pageSize = 30

/**
 * Returns a page of the history, with the titles of the things that neither the board nor `knownTitles` contain. `after` is
 * the `next` of the previous page. Default: the first page.
 */
export async function fetchHistory(
  api: ApiClient,
  {kind, id}: HistoryOf,
  board: Board | Backlog,
  knownTitles: HistoryList['titles'] = new Map(),
  after?: number,
): Promise<HistoryList> {
  const request = {params: {id}, query: {limit: pageSize, after}}
  const {items, next} =
    kind === 'task'
      ? await api.call('GET /tasks/{id}/history', request)
      : await api.call('GET /sprints/{id}/history', request)
  const {stories, sprints, tasks, labels} = namedIdsIn(items)
  const known = titlesOf(board)
  const missing = (ids: readonly string[]) => ids.filter(id => !known.has(id) && !knownTitles.has(id))
  const titles = await Promise.all([
    ...missing(stories).map(id =>
      titleOf(id, async () => (await api.call('GET /stories/{id}', {params: {id}})).title),
    ),
    ...missing(sprints).map(id =>
      titleOf(id, async () => (await api.call('GET /sprints/{id}', {params: {id}})).name),
    ),
    ...missing(tasks).map(id =>
      titleOf(id, async () => (await api.call('GET /tasks/{id}', {params: {id}})).title),
    ),
    // A board contains all labels of its project.
    ...missing(labels).map(id => [id, null] as const),
  ])
  return {items, next, titles: new Map([...knownTitles, ...titles])}
}

/** Returns the titles and names on the board, which are newer than those that were fetched. */
export function titlesOf(board: Board | Backlog): Map<string, string> {
  const {stories, labels} = board
  return new Map([
    ...('sprint' in board ? [[board.sprint.id, board.sprint.name] as const] : []),
    // A board from an earlier version of the server has no labels.
    ...(labels ?? []).map(({id, name}) => [id, name] as const),
    ...stories.flatMap(({id, title, tasks}) => [
      [id, title] as const,
      ...tasks.map(task => [task.id, task.title] as const),
    ]),
  ])
}

/** The title is null when the thing was deleted. */
async function titleOf(id: string, fetchTitle: () => Promise<string>): Promise<[string, string | null]> {
  try {
    return [id, await fetchTitle()]
  } catch (error) {
    const codes = ['story-not-found', 'sprint-not-found', 'task-not-found'] as const
    if (codes.some(code => isProblem(error, code))) return [id, null]
    throw error
  }
}
