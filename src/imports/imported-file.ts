/** A file that was read, and is taken in batches. */
import type {ImportFormat, NotKept, StatusMapping} from '../board/project-import.ts'
import type {ImportedBoard, ImportedComment, ImportedStory, ImportedTask} from './imported-board.ts'
import {invalidFile} from './invalid-file.ts'
import {type ReadOptions, readFile} from './read-file.ts'

/** The lists of a file that can be long. */
export interface Batches {
  stories: ImportedStory
  tasks: ImportedTask
  comments: ImportedComment
}
export type BatchList = keyof Batches

/** What a file contains, without its long lists. */
export interface FileSummary extends Pick<ImportedBoard, 'sprints' | 'labels'> {
  format: ImportFormat
  statuses: StatusMapping[]
  notKept: NotKept[]
  counts: Record<BatchList, number>
  /** The names, addresses and handles of all people, in lower case. */
  people: string[]
}

// The transaction of a batch locks the project and the numbers of its tasks for some ten milliseconds. See `import-file.ts`.
// With batches of 200 comments, the p99 of other changes in `npm run bench -- import` was 2.4 to 3.1 times as long as without
// an import; with 50, 1.4 to 2.0 times.
const itemsPerBatch: Record<BatchList, number> = {stories: 50, tasks: 50, comments: 50}
const charactersPerBatch = 64 * 1024

// One statement searches the members among all people of the file.
const maxPeople = 20_000

export class ImportedFile {
  readonly #board: ImportedBoard

  /** Throws Problem 'invalid-file'. */
  constructor(bytes: Uint8Array, options: ReadOptions) {
    this.#board = readFile(bytes, options)
  }

  /** Throws Problem 'invalid-file'. */
  summary(): FileSummary {
    const {format, sprints, labels, stories, tasks, comments, statuses, notKept} = this.#board
    const names = [...tasks.flatMap(({owners}) => owners), ...comments.map(({author}) => author)].flat()
    const people = new Set(names.map(name => name.toLowerCase()))
    if (people.size > maxPeople)
      throw invalidFile(`it names more than ${maxPeople.toLocaleString('en')} people`)
    return {
      format,
      sprints,
      labels,
      statuses,
      notKept,
      counts: {stories: stories.length, tasks: tasks.length, comments: comments.length},
      people: [...people],
    }
  }

  /** Returns the items from the index `from`. Returns an empty list at the end. */
  batch<List extends BatchList>(list: List, from: number): Batches[List][] {
    const items = this.#board[list] as Batches[List][]
    let to = from
    for (
      let characters = 0;
      to < items.length && to - from < itemsPerBatch[list] && characters < charactersPerBatch;
      to++
    ) {
      characters += JSON.stringify(items[to]).length
    }
    return items.slice(from, to)
  }
}
