/** What a file contains, in the same form for all formats. The objects are plain, so that threads can send them. */
import {hash} from 'node:crypto'
import type {Label} from '../board/label.ts'
import type {ImportFormat, NotKept, ReasonNotKept, StatusMapping} from '../board/project-import.ts'
import {reasonsNotKept} from '../board/project-import.ts'
import type {Story} from '../board/story.ts'
import type {TaskPriority, TaskStatus} from '../board/task.ts'

/**
 * `source` identifies a thing in the system that wrote the file. It begins with the format, and has at most 100
 * characters. All texts have the lengths that the schemas of `board/` allow.
 */
export interface ImportedBoard {
  format: ImportFormat
  sprints: ImportedSprint[]
  labels: ImportedLabel[]
  stories: ImportedStory[]
  tasks: ImportedTask[]
  /** In the order of their sprints, their tasks and their times. */
  comments: ImportedComment[]
  statuses: StatusMapping[]
  notKept: NotKept[]
}

export interface ImportedSprint {
  source: string
  name: string
  goal: string
  starts_on: string | null
  ends_on: string | null
}

export interface ImportedLabel extends Pick<Label, 'name' | 'color'> {
  source: string
}

export interface ImportedStory {
  source: string
  title: string
  description: string
  status: Story['status']
  /** The source of a sprint, or null for the backlog. */
  sprint: string | null
  /** The sources of its tasks. Empty until the whole file has been read. */
  tasks: readonly string[]
}

/** The names, addresses or handles by which the owner may be known. */
export type Person = readonly string[]

export interface ImportedTask {
  source: string
  /** The source of the story. */
  story: string
  title: string
  description: string
  /** Never `owned`: a task that is `available` and has a known owner becomes `owned`. */
  status: Exclude<TaskStatus, 'owned'>
  /** The first person who is a member becomes the owner. */
  owners: Person[]
  /** RFC 3339 with milliseconds. Null when the task is not completed, or the time is unknown. */
  completed_at: string | null
  estimated_hours: number | null
  priority: TaskPriority | null
  due_on: string | null
  acceptance_criteria_refs: string[]
  /** The sources of labels. */
  labels: string[]
  checklist: {text: string; is_done: boolean}[]
}

export interface ImportedComment {
  source: string
  /** The source of the task. */
  task: string
  author: Person
  body: string
  /** RFC 3339 with milliseconds. Null when the time is unknown. */
  created_at: string | null
}

/** Returns the source of a thing. A long id is replaced with its hash. */
export function sourceOf(format: ImportFormat, id: string): string {
  const source = `${format}:${id}`
  const isPlain = source.length <= 100 && /^[ -~]*$/.test(source)
  return isPlain ? source : `${format}:#${hash('sha256', id, 'base64url')}`
}

/** Counts what is not kept, with one example for each reason. */
export class NotKeptCounts {
  readonly #counts = new Map<ReasonNotKept, {count: number; example: string}>()

  add(reason: ReasonNotKept, example: string, count = 1): void {
    if (count === 0) return
    const known = this.#counts.get(reason)
    if (known) known.count += count
    else this.#counts.set(reason, {count, example: example.slice(0, 200).toWellFormed()})
  }

  addAll(others: readonly NotKept[]): void {
    for (const {reason, example, count} of others) this.add(reason, example, count)
  }

  list(): NotKept[] {
    return [...this.#counts].map(([reason, {count, example}]) => ({
      reason,
      explanation: reasonsNotKept[reason],
      count,
      example,
    }))
  }
}

const maxStatuses = 100 // of a report

/** Counts how often each status of the file becomes a status of a task. */
export class StatusCounts {
  readonly #counts = new Map<string, StatusMapping>()

  add(from: string, to: TaskStatus): void {
    const known = this.#counts.get(`${to} ${from}`)
    if (known) known.count++
    else this.#counts.set(`${to} ${from}`, {from, to, count: 1})
  }

  list(): StatusMapping[] {
    return [...this.#counts.values()].sort((one, other) => other.count - one.count).slice(0, maxStatuses)
  }
}
