/** Reads the bytes of a file, and finds its format. */
import {requireShallowJson} from '../board/json-depth.ts'
import type {ImportFormat} from '../board/project-import.ts'
import {parseCsv} from './csv-table.ts'
import {groupBy} from './group-by.ts'
import type {ImportedBoard, ImportedStory} from './imported-board.ts'
import {invalidFile} from './invalid-file.ts'
import {isBoardcast, readBoardcast} from './read-boardcast.ts'
import {readCsv} from './read-csv.ts'
import {isGithub, readGithub} from './read-github.ts'
import {isJira, readJira} from './read-jira.ts'
import {isTrello, readTrello} from './read-trello.ts'

export interface ReadOptions {
  /** Undefined when the content shows the format. */
  format?: ImportFormat | undefined
}

// Labels and sprints are created in one statement each, so a file has much fewer of them than tasks.
const limits = {tasks: 50_000, labels: 2_000, sprints: 2_000} as const

/** Throws Problem 'invalid-file'. */
export function readFile(bytes: Uint8Array, {format}: ReadOptions): ImportedBoard {
  const text = decode(bytes)
  const isCsv = format === 'csv' || format === 'jira' || (!format && !/^\s*[[{]/.test(text))
  const board = isCsv ? readTable(text, format) : readJson(parseJson(bytes, text), format)
  for (const list of ['tasks', 'labels', 'sprints'] as const)
    if (board[list].length > limits[list])
      throw invalidFile(`it has more than ${limits[list].toLocaleString('en')} ${list}`)
  return {...board, stories: withTasks(board)}
}

function withTasks({stories, tasks}: Pick<ImportedBoard, 'stories' | 'tasks'>): ImportedStory[] {
  const tasksOf = groupBy(tasks, ({story}) => story)
  const sourcesOf = (story: string) => (tasksOf.get(story) ?? []).map(({source}) => source)
  return stories.map(story => ({...story, tasks: sourcesOf(story.source)}))
}

function readTable(text: string, format: ImportFormat | undefined): ImportedBoard {
  const table = parseCsv(text)
  if (format === 'jira' && !isJira(table))
    throw invalidFile('it lacks the columns “Issue key” and “Summary” of Jira')
  return format === 'csv' || !isJira(table) ? readCsv(table) : readJira(table)
}

function readJson(json: unknown, format: ImportFormat | undefined): ImportedBoard {
  if ((!format || format === 'trello') && isTrello(json)) return readTrello(json)
  if ((!format || format === 'boardcast') && isBoardcast(json)) return readBoardcast(json)
  if ((!format || format === 'github') && isGithub(json)) return readGithub(json)
  const expected = {
    trello: 'it is not the export of a Trello board, which has “lists” and “cards”',
    github: 'it is not the list of issues that the API of GitHub returns',
    boardcast: 'it is not an export of Boardcast, which has “boardcast_export”',
  }
  throw invalidFile(format && format in expected ? expected[format as 'trello'] : 'its format is unknown')
}

function parseJson(bytes: Uint8Array, text: string): unknown {
  try {
    requireShallowJson(bytes)
    return JSON.parse(text)
  } catch (error) {
    const isSyntax = error instanceof SyntaxError
    throw invalidFile(isSyntax ? 'it is not valid JSON, or not complete' : (error as Error).message)
  }
}

/** Programs for spreadsheets also write UTF-16, and then begin the file with a byte order mark. */
function decode(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8'
  try {
    return new TextDecoder(encoding, {fatal: true}).decode(bytes)
  } catch {
    throw invalidFile(`its bytes are not ${encoding.toUpperCase()}`)
  }
}
