import {sql} from 'kysely'
import type {Comment} from '../board/comment.ts'
import type {Task} from '../board/task.ts'
import {startAction} from '../changes/change.ts'
import {bytesOf, sumOf} from '../changes/text-bytes.ts'
import {compilable} from '../store/compilable.ts'
import {newId} from '../store/ids.ts'
import {anyOf, columns, selectTasks} from '../store/resources.ts'
import {cleanProse, startOf} from './clean-values.ts'
import {groupBy} from './group-by.ts'
import {
  findMember,
  type ImportContext,
  type ImportWork,
  importEvents,
  lockForImport,
  requireQuota,
} from './import-context.ts'
import {insertRows, readSources, storeSources} from './import-sources.ts'
import {type ImportedComment, NotKeptCounts} from './imported-board.ts'

/** Creates new comments. Comments that were imported before are never changed. Nobody is notified. */
export function importComments(context: ImportContext, batch: readonly ImportedComment[]): ImportWork {
  const {organizationId, authors, previewed} = context
  return async (trx, caller) => {
    const notKept = new NotKeptCounts()
    await lockForImport(trx, context)
    const sources = await readSources(
      trx,
      context,
      'comment',
      batch.map(({source}) => source),
    )
    const tasks = await readSources(
      trx,
      context,
      'task',
      batch.map(({task}) => task),
    )
    const news = batch.filter(({source}) => !sources.has(source))
    const ids = [...new Set(news.flatMap(({task}) => tasks.get(task)?.target_id ?? []))]
    const locked = selectTasks(trx, organizationId).where('id', '=', anyOf(ids)).orderBy('id')
    const rows = await (previewed ? locked : locked.forUpdate()).execute()
    const existing = new Map(rows.map(task => [task.id, task]))
    const action = startAction(caller)
    const created = news.flatMap(({source, task, author, body, created_at}) => {
      const target = tasks.get(task)?.target_id
      // The comments of a deleted task need no report, because the task has one.
      if (!target || !(existing.has(target) || previewed?.createdRow(target))) return []
      // An import must not forge comments of other members.
      const isOwn = findMember(authors, author) === caller.user_id
      if (!isOwn) notKept.add('other-authors', author[0] ?? 'Unknown')
      const time = created_at && created_at < action.timestamp ? created_at : action.timestamp
      const comment: Comment = {
        id: newId(),
        task_id: target,
        author_user_id: caller.user_id,
        body: isOwn ? body : cleanProse(withAuthor(body, author[0], created_at), notKept),
        mentions: [],
        created_at: time,
        edited_at: null,
      }
      return [{source, comment}]
    })
    const comments = created.map(({comment}) => comment)
    const ofTask = groupBy(comments, ({task_id}) => task_id)
    for (const [id, {length}] of ofTask) {
      requireQuota(context, 'MAX_COMMENTS_PER_TASK', existing.get(id)?.comment_count ?? 0, length, id)
    }
    return {
      result: {
        created: {comments: comments.length},
        updated: {},
        unchanged: {comments: batch.length - news.length},
        notKept: notKept.list(),
      },
      events: importEvents(
        context,
        action,
        new Set(rows.filter(({id}) => ofTask.has(id)).map(({sprint_id}) => sprint_id)),
      ),
      writes: [
        ...insertRows(trx, 'comments', organizationId, columns.comments, comments),
        ...countComments([...ofTask].map(([id, {length}]) => ({id, length}))),
        ...storeSources(
          trx,
          context,
          'comment',
          created.map(({source, comment}) => ({source, target_id: comment.id, digests: {}})),
        ),
      ],
      textBytes: sumOf(comments, ({body}) => bytesOf(body)),
    }

    function countComments(counts: readonly {id: Task['id']; length: number}[]) {
      if (counts.length === 0) return []
      return [
        compilable(
          trx,
          sql`
            update tasks t
            set comment_count = comment_count + c.added, discussion_version = discussion_version + c.added
            from unnest(${counts.map(({id}) => id)}::uuid[], ${counts.map(({length}) => length)}::integer[])
              as c (id, added)
            where t.organization_id = ${organizationId} and t.id = c.id`,
        ),
      ]
    }
  }
}

/** The comment belongs to the member who imports, so its text names the author. */
function withAuthor(body: string, author = 'Unknown', time: string | null): string {
  const name = startOf(author.replaceAll(/\s+/g, ' '), 200)
  return `${name}${time ? `, ${time.slice(0, 10)}` : ''}:\n\n${body}`
}
