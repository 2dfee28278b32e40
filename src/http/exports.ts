/** Sends the export of a project in pieces, while it is read from the database. */
import {Readable} from 'node:stream'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {z} from 'zod'
import {exportVersion, projectExportSchema} from '../board/project-export.ts'
import type {Task} from '../board/task.ts'
import {type ExportPage, type OpenExport, openExport, tooSlow} from '../store/export-project.ts'
import {byteOrderMark, csvRow} from './csv-cells.ts'
import {route} from './route.ts'

const formats = ['json', 'csv'] as const

export const exportRoutes = [
  route({
    method: 'get',
    path: '/projects/{id}/export',
    operationId: 'exportProject',
    tag: 'Import and export',
    summary: 'Export a project as JSON, or its tasks as CSV.',
    description:
      'The JSON contains everything of one moment: the project, and its members, labels, sprints, stories, tasks and comments. `POST /projects/{id}/imports` reads both formats. In CSV, a cell that begins with `=`, `+`, `-`, `@`, one of their full-width forms, tab, CR or LF gets an apostrophe, so that no program that separates the cells at commas runs it as a formula. The body is sent while it is read. If it is incomplete, the connection is closed before the end of the body.',
    ids: {id: 'project-not-found'},
    query: z.strictObject({format: z.enum(formats).default('json')}),
    success: 200,
    response: projectExportSchema,
    otherTypes: ['text/csv'],
    problems: ['overloaded', 'export-in-progress'],
    async send({caller, ids, query: {format}}, {db}) {
      const opened = await openExport(db, caller.organization_id, ids.id)
      const parts = format === 'csv' ? csvOf(opened) : jsonOf(opened, new Date().toISOString())
      const body = Readable.from(inPieces(parts), {objectMode: false, highWaterMark: bytesAhead})
      const timer = setTimeout(() => body.destroy(tooSlow()), maxSendMs)
      body.once('close', () => {
        clearTimeout(timer)
        opened.close().catch(() => {}) // a response to HEAD, or to a client that has left, reads nothing
      })
      return {
        type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
        fileName: `${opened.project.key}.${format}`,
        cursor: opened.cursor,
        body,
      }
    },
  }),
]

// Another export of the organization waits while one is sent, and is refused after `maxWaitForFileMs`.
const maxSendMs = 240_000
// The snapshot of most projects ends before a slow client has received the export.
const bytesAhead = 4 * 1024 * 1024
const bytesPerPiece = 64 * 1024

/** Joins short parts to pieces of 64 KiB, and encodes each piece in its own turn of the event loop. */
async function* inPieces(parts: AsyncGenerator<string>): AsyncGenerator<Buffer> {
  let text = ''
  for await (const part of parts) {
    text += part
    if (text.length < bytesPerPiece) continue
    yield Buffer.from(text)
    text = ''
    await nextTurn()
  }
  if (text) yield Buffer.from(text)
}

const lists = [
  'members',
  'labels',
  'sprints',
  'stories',
  'tasks',
  'comments',
] as const satisfies ExportPage['list'][]

async function* jsonOf({project, pages}: OpenExport, exportedAt: string): AsyncGenerator<string> {
  yield `{"boardcast_export":${exportVersion},"exported_at":"${exportedAt}","project":${JSON.stringify(project)}`
  let open = 0 // the number of lists that have begun
  let isEmpty = true
  for await (const {list, rows} of pages) {
    const index = lists.indexOf(list)
    for (; open <= index; open++) {
      yield `${open === 0 ? '' : ']'},"${lists[open]}":[`
      isEmpty = true
    }
    for (const row of rows) {
      yield `${isEmpty ? '' : ','}${JSON.stringify(row)}`
      isEmpty = false
    }
  }
  for (; open < lists.length; open++) yield `${open === 0 ? '' : ']'},"${lists[open]}":[`
  yield ']}'
}

const columns = [
  'id',
  'key',
  'story',
  'sprint',
  'title',
  'description',
  'status',
  'owner',
  'priority',
  'due_on',
  'estimate_hours',
  'labels',
  'checklist',
  'acceptance_criteria',
  'blocked_by',
  'created_by',
  'created_at',
  'completed_at',
] as const

async function* csvOf({pages}: OpenExport): AsyncGenerator<string> {
  const names = new Map<string | null, string>()
  yield byteOrderMark + csvRow(columns)
  for await (const page of pages) {
    const {list, rows} = page
    if (list === 'comments') return // the comments have no column, and they are last
    if (list === 'tasks') for (const task of rows) yield rowOf(task, names, page.keys)
    else for (const row of rows) names.set(row.id, 'title' in row ? row.title : row.name)
  }
}

function rowOf(
  task: Task,
  names: ReadonlyMap<string | null, string>,
  keys: ReadonlyMap<string, string>,
): string {
  const cells: Record<(typeof columns)[number], string | number | null> = {
    id: task.id,
    key: task.key,
    story: names.get(task.story_id)!,
    sprint: names.get(task.sprint_id) ?? null,
    title: task.title,
    description: task.description,
    status: task.status,
    owner: names.get(task.owner_user_id) ?? null,
    priority: task.priority,
    due_on: task.due_on,
    estimate_hours: task.estimated_hours,
    labels: task.label_ids.map(id => names.get(id)).join('; '),
    checklist: task.checklist.map(({text, is_done}) => `[${is_done ? 'x' : ' '}] ${text}`).join('\n'),
    acceptance_criteria: task.acceptance_criteria_refs.join('\n'),
    blocked_by: task.blocked_by_task_ids.flatMap(id => keys.get(id) ?? []).join('; '),
    created_by: names.get(task.created_by_user_id) ?? null,
    created_at: task.created_at,
    completed_at: task.completed_at,
  }
  return csvRow(columns.map(name => cells[name]))
}
