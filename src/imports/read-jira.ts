/**
 * Reads the CSV of Jira ("Export CSV (all fields)"). Epics, and issues that are the parent of other issues, become stories.
 * The other issues become tasks.
 */
import {BoardBuilder} from './board-builder.ts'
import {cleanDay, cleanPriority, cleanTime, statusOf} from './clean-values.ts'
import {type CsvRow, type CsvTable, reportUnused} from './csv-table.ts'
import type {ImportedBoard, ImportedStory, ImportedTask, Person} from './imported-board.ts'

export function isJira({names}: CsvTable): boolean {
  return names.includes('issue key') && names.includes('summary')
}

export function readJira(table: CsvTable): ImportedBoard {
  const {names, rows} = table
  const builder = new BoardBuilder('jira')
  const {notKept} = builder
  const byId = new Map<string, CsvRow>()
  for (const row of rows)
    for (const id of [row.get('issue key'), row.get('issue id')]) if (id) byId.set(id, row)
  const linkColumns = new Set(names.filter(name => /^(inward|outward) issue link/.test(name)))
  const parents = new Set(rows.flatMap(row => parentOf(row) ?? []))
  const isStory = (row: CsvRow) => parents.has(row) || /^(epic|initiative)$/i.test(row.get('issue type'))

  for (const row of rows.filter(isStory)) {
    const parent = parentOf(row)
    if (parent) notKept.add('nested-stories', row.get('summary'))
    if (row.all(...fieldsOfTask, ...linkColumns).length > 0) notKept.add('story-fields', row.get('summary'))
    storyIn(row, sprintOf(row))
  }
  for (const row of rows.filter(row => !isStory(row))) addTask(row)
  reportUnused(table, name => used.has(name) || linkColumns.has(name) || repeated.test(name), notKept)
  return builder.build()

  function parentOf(row: CsvRow): CsvRow | undefined {
    const ids = row.all('parent', 'parent id', 'parent key', 'epic link', 'custom field (epic link)')
    return ids.map(id => byId.get(id)).find(parent => parent !== undefined && parent !== row)
  }

  /** Tasks of one issue can be in several sprints. Each sprint then has a story with the title of the issue. */
  function storyIn(row: CsvRow, sprint: string | null): string {
    return builder.story(`${row.get('issue id', 'issue key')}${sprint ? ` in ${sprint}` : ''}`, {
      title: row.get('summary'),
      description: row.get('description'),
      status: storyStatusOf(row),
      sprint,
    })
  }

  function sprintOf(row: CsvRow): string | null {
    const name = row.all('sprint', 'custom field (sprint)').at(-1) // the last one is the current sprint
    return name ? builder.sprint(`sprint ${name}`, {name}) : null
  }

  function addTask(row: CsvRow): void {
    const title = row.get('summary')
    const parent = parentOf(row)
    const sprint = sprintOf(row) ?? (parent ? sprintOf(parent) : null)
    const story = parent
      ? storyIn(parent, sprint)
      : builder.story(`no-parent${sprint ? ` in ${sprint}` : ''}`, {title: 'Issues without a parent', sprint})
    notKept.add('attachments', title, row.all('attachment', 'attachments').length)
    notKept.add('links', title, row.all(...linkColumns).length)
    const id = row.get('issue id', 'issue key')
    const owner = row.all('assignee')
    const task = builder.task(id, {
      story,
      title,
      description: row.get('description'),
      status: statusOfIssue(row),
      owners: owner.length > 0 ? [owner] : [],
      completed_at: timeOf(row.get('resolved')),
      estimated_hours: hoursOf(row.get('original estimate')),
      priority: cleanPriority(row.get('priority'), notKept),
      due_on: dayOf(row.get('due date')),
      labels: row
        .all('labels')
        .flatMap(cell => cell.split(/\s+/))
        .filter(name => name !== '')
        .map(name => builder.label(name)),
    })
    const counts = new Map<string, number>()
    for (const cell of row.all('comment', 'comments')) addComment(cell, id, task, counts)
  }

  /** An issue that is done, but whose resolution is, for example, “Won’t Do”, is cancelled. */
  function statusOfIssue(row: CsvRow): ImportedTask['status'] {
    const [status, resolution] = [row.get('status'), row.get('resolution')]
    const isDropped = statusOf(status) === 'completed' && statusOf(resolution) === 'cancelled'
    return isDropped ? builder.mapStatus(`${status} (${resolution})`, 'cancelled') : builder.status(status)
  }

  /**
   * A comment is one cell: its time, its author and its text, separated by semicolons. Comments have no ids, and their places
   * change when one is deleted. A comment is therefore identified by its time and author, and by its place among equal
   * ones.
   */
  function addComment(cell: string, issue: string, task: string, counts: Map<string, number>): void {
    const [, time = '', author = '', body = cell] =
      /^([^;\n]{6,40});([^;\n]{0,200});([\s\S]*)$/.exec(cell) ?? []
    const people: Person = author.trim() ? [author.trim()] : []
    const name = time ? `${time} ${author}` : body
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    builder.comment(`comment ${issue} ${name}${count > 1 ? ` ${count}` : ''}`, {
      task,
      author: people,
      body,
      created_at: timeOf(time),
    })
  }

  /** Jira writes an estimate in seconds. */
  function hoursOf(cell: string): number | null {
    const seconds = Number(cell)
    if (cell === '') return null
    if (seconds >= 0 && seconds <= 360_000_000) return Math.round(seconds / 36) / 100
    notKept.add('invalid-values', cell)
    return null
  }

  function dayOf(cell: string): string | null {
    return cell === '' ? null : cleanDay(timeOf(cell)?.slice(0, 10) ?? cell, notKept)
  }
}

/** The columns whose values a story cannot have. */
const fieldsOfTask = [
  'assignee',
  'attachment',
  'attachments',
  'comment',
  'comments',
  'due date',
  'labels',
  'original estimate',
]

const used = new Set([
  ...fieldsOfTask,
  'summary',
  'issue key',
  'issue id',
  'issue type',
  'description',
  'status',
  'priority',
  'resolution',
  'resolved',
  'parent',
  'parent id',
  'parent key',
  'epic link',
  'custom field (epic link)',
  'sprint',
  'custom field (sprint)',
])

/** Columns that only repeat others, or that are the same for all issues of a project. */
const repeated =
  /^(project .*|parent summary|status category.*|last viewed|work ratio|σ.*|.* id|custom field \((epic name|rank)\))$/

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * Returns the time in RFC 3339. Jira writes `02/Dec/26 3:04 PM`. The zone of the times is unknown, so they are read as
 * UTC.
 */
function timeOf(cell: string): string | null {
  const match = /^(\d{1,2})\/(\w{3})\/(\d{2,4})(?: (\d{1,2}):(\d{2})(?: ?([AP])M)?)?$/i.exec(cell.trim())
  if (!match) return cleanTime(cell)
  const [, day, name, year, hour = '0', minute = '0', half] = match
  const month = months.indexOf(name!.toLowerCase())
  if (month < 0) return null
  const hours = (Number(hour) % (half ? 12 : 24)) + (half?.toUpperCase() === 'P' ? 12 : 0)
  const time = Date.UTC(
    year!.length === 2 ? 2000 + Number(year) : Number(year),
    month,
    Number(day),
    hours,
    Number(minute),
  )
  return cleanTime(new Date(time).toISOString())
}

function storyStatusOf(row: CsvRow): ImportedStory['status'] {
  const status = statusOf(row.get('status'))
  if (status === 'completed' || status === 'cancelled') return 'done'
  return status === 'in_progress' ? 'in_progress' : 'draft'
}
