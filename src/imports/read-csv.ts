/** Reads CSV with one row for each task, for example the CSV of an export. */
import {BoardBuilder} from './board-builder.ts'
import {cleanDay, cleanHours, cleanPriority, cleanRefs, cleanTime} from './clean-values.ts'
import {type CsvTable, reportUnused} from './csv-table.ts'
import type {ImportedBoard} from './imported-board.ts'
import {invalidFile} from './invalid-file.ts'

const known = [
  'id',
  'key',
  'title',
  'name',
  'summary',
  'description',
  'status',
  'priority',
  'labels',
  'due on',
  'due date',
  'owner',
  'assignee',
  'estimate hours',
  'estimated hours',
  'story',
  'sprint',
  'checklist',
  'acceptance criteria',
  'blocked by',
  'created by',
  'created at',
  'completed at',
]

/** Throws Problem 'invalid-file' when no column contains the titles. */
export function readCsv(table: CsvTable): ImportedBoard {
  const {names, rows} = table
  const builder = new BoardBuilder('csv')
  const {notKept} = builder
  if (!['title', 'name', 'summary'].some(name => names.includes(name))) {
    throw invalidFile('the first row must name the columns, and one of them must be “title”')
  }
  reportUnused(table, name => known.includes(name), notKept)
  const seen = new Map<string, number>()
  for (const row of rows) {
    const title = row.get('title', 'name', 'summary')
    if (title === '') {
      notKept.add('invalid-values', 'a row without a title')
      continue
    }
    const storyTitle = row.get('story') || 'Imported tasks'
    const sprintName = row.get('sprint')
    const sprint = sprintName ? builder.sprint(`sprint ${sprintName}`, {name: sprintName}) : null
    const story = builder.story(storyId(storyTitle, sprintName), {title: storyTitle, sprint})
    builder.task(row.get('id') || placeOf(`${storyTitle}\n${title}`), {
      story,
      title,
      description: row.get('description'),
      status: builder.status(row.get('status')),
      owners: row.all('owner', 'assignee').map(owner => [owner.trim()]),
      completed_at: cleanTime(row.get('completed at'), notKept),
      estimated_hours: cleanHours(row.get('estimate hours', 'estimated hours'), notKept),
      priority: cleanPriority(row.get('priority'), notKept),
      due_on: cleanDay(row.get('due on', 'due date'), notKept),
      labels: row
        .all('labels')
        .flatMap(cell => cell.split(/[;,]/))
        .filter(isText)
        .map(name => builder.label(name)),
      checklist: row.get('checklist').split('\n').flatMap(itemOf),
      acceptance_criteria_refs: cleanRefs(linesOf(row.get('acceptance criteria')), title, notKept),
    })
    notKept.add('links', title, row.get('blocked by').split(';').filter(isText).length)
  }
  return builder.build()

  /** Without a column `id`, a task is identified by its story and title, and by its place among equal ones. */
  function placeOf(name: string): string {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return `${name}\n${count}`
  }
}

function linesOf(cell: string): string[] {
  return cell.split('\n').filter(isText)
}

function isText(text: string): boolean {
  return text.trim() !== ''
}

/** Different pairs of a title and a sprint have different ids. */
function storyId(title: string, sprintName: string): string {
  return sprintName ? `sprint story ${JSON.stringify([title, sprintName])}` : `story ${title}`
}

function itemOf(line: string) {
  const [, mark, text] = /^\s*(?:[-*]\s*)?\[([ xX])\]\s*(.+)$/.exec(line) ?? [undefined, ' ', line]
  return text.trim() === '' ? [] : [{text, is_done: mark !== ' '}]
}
