/** Collects what a file contains. Each format has a reader, which adds the things of its file to a builder. */
import {labelColors} from '../board/label.ts'
import type {ImportFormat} from '../board/project-import.ts'
import {cleanPerson, cleanProse, cleanTime, cleanTitle, statusOf} from './clean-values.ts'
import {
  type ImportedBoard,
  type ImportedComment,
  type ImportedLabel,
  type ImportedSprint,
  type ImportedStory,
  type ImportedTask,
  NotKeptCounts,
  type Person,
  StatusCounts,
  sourceOf,
} from './imported-board.ts'

const maxLabelsPerTask = 20
const maxChecklistItems = 100
const maxOwnersPerTask = 20 // the first member among them becomes the owner

export class BoardBuilder {
  readonly format: ImportFormat
  readonly notKept = new NotKeptCounts()
  readonly #statuses = new StatusCounts()
  readonly #sprints = new Map<string, ImportedSprint>()
  readonly #labels = new Map<string, ImportedLabel>()
  readonly #stories = new Map<string, ImportedStory>()
  readonly #tasks = new Map<string, ImportedTask>()
  readonly #comments = new Map<string, ImportedComment>()

  constructor(format: ImportFormat) {
    this.format = format
  }

  /** Returns the source of the sprint. Adding a sprint twice does nothing. */
  sprint(
    id: string,
    fields: {name: unknown; goal?: unknown; starts_on?: string | null; ends_on?: string | null},
  ): string {
    const source = sourceOf(this.format, id)
    if (this.#sprints.has(source)) return source
    const {starts_on = null, ends_on = null} = fields
    const isInOrder = !starts_on || !ends_on || starts_on <= ends_on
    if (!isInOrder) this.notKept.add('invalid-values', `${starts_on} – ${ends_on}`)
    this.#sprints.set(source, {
      source,
      name: cleanTitle(fields.name, this.notKept, 'Sprint'),
      goal: cleanProse(fields.goal, this.notKept),
      starts_on: isInOrder ? starts_on : null,
      ends_on: isInOrder ? ends_on : null,
    })
    return source
  }

  /** Returns the source of the label. Names that differ only in the case of letters are one label. */
  label(name: unknown, color?: string): string {
    const clean = cleanTitle(name, this.notKept, 'label', 50)
    const source = sourceOf(this.format, clean.normalize('NFKC').toLowerCase())
    if (!this.#labels.has(source)) this.#labels.set(source, {source, name: clean, color: colorOf(color)})
    return source
  }

  /** Returns the source of the story. Adding a story twice does nothing. */
  story(
    id: string,
    fields: {title: unknown; description?: unknown} & Partial<Pick<ImportedStory, 'status' | 'sprint'>>,
  ): string {
    const source = sourceOf(this.format, id)
    if (this.#stories.has(source)) return source
    const {status = 'draft', sprint = null} = fields
    this.#stories.set(source, {
      source,
      title: cleanTitle(fields.title, this.notKept),
      description: cleanProse(fields.description, this.notKept),
      status,
      sprint,
      tasks: [],
    })
    return source
  }

  /** Returns the source of the task. When the file contains the id twice, the first task is kept. */
  task(
    id: string,
    fields: Omit<
      ImportedTask,
      'source' | 'title' | 'description' | 'acceptance_criteria_refs' | 'checklist'
    > & {
      title: unknown
      description: unknown
      acceptance_criteria_refs?: string[]
      checklist?: readonly {text: unknown; is_done: boolean}[]
    },
  ): string {
    const source = sourceOf(this.format, id)
    const {notKept} = this
    const title = cleanTitle(fields.title, notKept)
    if (this.#tasks.has(source)) {
      notKept.add('repeated-ids', title)
      return source
    }
    const labels = [...new Set(fields.labels)]
    notKept.add('too-many', title, Math.max(0, labels.length - maxLabelsPerTask))
    const items = (fields.checklist ?? []).map(({text, is_done}) => ({
      text: cleanTitle(text, notKept, 'Item', 500),
      is_done,
    }))
    notKept.add('too-many', title, Math.max(0, items.length - maxChecklistItems))
    this.#tasks.set(source, {
      acceptance_criteria_refs: [],
      ...fields,
      owners: fields.owners.slice(0, maxOwnersPerTask).map(cleanPerson),
      source,
      title,
      description: cleanProse(fields.description, notKept),
      labels: labels.slice(0, maxLabelsPerTask),
      checklist: items.slice(0, maxChecklistItems),
    })
    return source
  }

  comment(id: string, fields: {task: string; author: Person; body: unknown; created_at: unknown}): void {
    const body = cleanProse(fields.body, this.notKept)
    if (body.trim() === '') return
    const source = sourceOf(this.format, id)
    const {task} = fields
    const author = cleanPerson(fields.author)
    this.#comments.set(source, {source, task, author, body, created_at: cleanTime(fields.created_at)})
  }

  /** Returns the status of a task, and counts it. An unknown status is reported. */
  status(name: string): ImportedTask['status'] {
    const status = statusOf(name)
    if (!status && name.trim() !== '') this.notKept.add('unknown-statuses', name)
    return this.mapStatus(name, status ?? 'available')
  }

  mapStatus(name: string, status: ImportedTask['status']): ImportedTask['status'] {
    if (name.trim() !== '') this.#statuses.add(cleanTitle(name, this.notKept), status)
    return status
  }

  build(): ImportedBoard {
    return {
      format: this.format,
      sprints: [...this.#sprints.values()],
      labels: [...this.#labels.values()],
      stories: [...this.#stories.values()],
      tasks: [...this.#tasks.values()],
      comments: this.#sortedComments(),
      statuses: this.#statuses.list(),
      notKept: this.notKept.list(),
    }
  }

  /**
   * The comments of one sprint follow each other, so that few batches change each board. Those of a task are in the order of
   * their times.
   */
  #sortedComments(): ImportedComment[] {
    const sprints = ['', ...this.#sprints.keys()]
    const tasks = [...this.#tasks.values()].map(({source, story}) => ({
      source,
      sprint: sprints.indexOf(this.#stories.get(story)?.sprint ?? ''),
    }))
    const places = new Map(
      tasks.sort((one, other) => one.sprint - other.sprint).map(({source}, index) => [source, index]),
    )
    const placeOf = ({task}: ImportedComment) => places.get(task) ?? 0
    return [...this.#comments.values()].sort(byTime).sort((one, other) => placeOf(one) - placeOf(other))
  }
}

function byTime(one: ImportedComment, other: ImportedComment): number {
  const [before, after] = [one.created_at ?? '', other.created_at ?? '']
  return before < after ? -1 : before > after ? 1 : 0
}

const colors: Readonly<Record<string, ImportedLabel['color']>> = {
  sky: 'teal',
  lime: 'green',
  black: 'gray',
  magenta: 'pink',
}

/** Returns the nearest color for the name of a color, or for six hexadecimal digits. Default gray. */
function colorOf(color: string | undefined): ImportedLabel['color'] {
  const name = color?.toLowerCase().replace(/_(light|dark)$/, '') ?? ''
  const known = labelColors.find(known => known === name) ?? colors[name]
  if (known) return known
  return /^[\da-f]{6}$/.test(name) ? nearestColor(Number.parseInt(name, 16)) : 'gray'
}

function nearestColor(rgb: number): ImportedLabel['color'] {
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255]
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)]
  if (most - least < 40) return 'gray'
  const part = (most === red ? green - blue : most === green ? blue - red : red - green) / (most - least)
  const sextant = most === red ? part : most === green ? part + 2 : part + 4
  const degrees = (sextant * 60 + 360) % 360
  return hues.find(([upTo]) => degrees < upTo)![1]
}

/** The colors of the circle of hues, each with the degree at which it ends. */
const hues: readonly [number, ImportedLabel['color']][] = [
  [15, 'red'],
  [40, 'orange'],
  [70, 'yellow'],
  [160, 'green'],
  [195, 'teal'],
  [230, 'blue'],
  [255, 'indigo'],
  [290, 'purple'],
  [340, 'pink'],
  [360, 'red'],
]
