/** Reads the part of a board that its digest covers. */
import {setImmediate as nextTurn} from 'node:timers/promises'
import {type RawBuilder, sql} from 'kysely'
import type {BoardStory} from '../board/board.ts'
import type {BoardContent} from '../board/canonical-board.ts'
import type {Cursor} from '../board/cursor.ts'
import type {Sprint} from '../board/sprint.ts'
import type {BoardTask} from '../board/task.ts'
import type {Database} from './connection.ts'
import {boardColumns, columns} from './resources.ts'
import {type Snapshot, withTasks} from './snapshots.ts'

interface Row extends Cursor {
  sprint: Sprint | null
  /** One line of JSON for each story. Null when the sprint has no story. */
  stories: string | null
  /** One line of JSON for each task. Null when the sprint has no task. */
  tasks: string | null
}

/**
 * Returns the sprint, the stories and the tasks of a board. Returns undefined when the sprint does not exist. One
 * statement is one snapshot, so this function needs no transaction. Postgres encodes the rows as JSON, because parsing
 * JSON costs less than parsing rows. The lines of JSON are parsed over several turns of the event loop.
 */
export async function readBoardContent(
  db: Database,
  organizationId: string,
  sprintId: string,
): Promise<Snapshot<BoardContent> | undefined> {
  const ofOrganization = sql`organization_id = ${organizationId}`
  const {rows} = await sql<Row>`
    select epoch, head as seq,
      (select ${jsonOf(columns.sprints)} from sprints where ${ofOrganization} and id = ${sprintId}) as sprint,
      (select string_agg(${jsonOf(boardColumns.stories)}::text, chr(10) order by id)
        from stories where ${ofOrganization} and sprint_id = ${sprintId}) as stories,
      (select string_agg(${jsonOf(boardColumns.tasks)}::text, chr(10) order by id)
        from tasks where ${ofOrganization} and sprint_id = ${sprintId}) as tasks
    from event_streams where ${ofOrganization}`.execute(db)
  const [row] = rows
  if (!row?.sprint) return undefined
  const {epoch, seq, sprint, stories, tasks} = row
  const parsed = withTasks(
    await parseLines<Omit<BoardStory, 'tasks'>>(stories),
    await parseLines<BoardTask>(tasks),
  )
  return {result: {sprint, stories: parsed}, cursor: {epoch, seq}}
}

const linesPerTurn = 250 // parsing 250 tasks takes about a millisecond

async function parseLines<Item>(text: string | null): Promise<Item[]> {
  const lines = text?.split('\n') ?? []
  const items: Item[] = []
  for (let start = 0; start < lines.length; start += linesPerTurn) {
    if (start > 0) await nextTurn()
    const part: Item[] = JSON.parse(`[${lines.slice(start, start + linesPerTurn).join()}]`)
    items.push(...part)
  }
  return items
}

/** Returns an expression for a JSON object with these columns. Times have the same format as in all other responses. */
function jsonOf(columns: readonly string[]): RawBuilder<unknown> {
  const members = columns.map(name => {
    const column = sql.ref(name)
    const isTime = name.endsWith('_at')
    const value = isTime
      ? sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : column
    return sql`${sql.lit(name)}, ${value}`
  })
  return sql`json_build_object(${sql.join(members)})`
}
