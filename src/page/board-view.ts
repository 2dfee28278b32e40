/** What a board looks like: its columns, its groups and its progress, as pure functions of the board and a filter. */
import type {Board, BoardStory} from '../board/board.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {statuses} from './words.ts'

export interface Filter {
  /** Words, each of which must occur in what the card shows; '' shows all. */
  text: string
  /** Only what the viewer owns. */
  isMine: boolean
  /** `open`: what is not closed yet. */
  status: TaskStatus | 'open' | 'all'
}

export const noFilter: Filter = {text: '', isMine: false, status: 'all'}

export function isFiltering({text, isMine, status}: Filter): boolean {
  return text.trim() !== '' || isMine || status !== 'all'
}

/** A task with the names that its card shows. */
export interface Card {
  task: Task
  storyTitle: string
  /** Null: nobody owns it. */
  ownerName: string | null
}

export interface Column {
  status: TaskStatus
  cards: Card[]
  /** Of all tasks with this status, whatever the filter shows. */
  total: number
}

export interface Group {
  story: BoardStory
  cards: Card[]
  total: number
  done: number
}

const closed: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled'])

export function isClosed({status}: Task): boolean {
  return closed.has(status)
}

/**
 * One column a status; those that the filter leaves out are missing. Open work stands in the order of the stories,
 * what is closed with the latest first.
 */
export function columnsOf(board: Board, filter: Filter, userId: string): Column[] {
  const all = cardsOf(board)
  const shows = shownBy(filter, userId)
  return statuses
    .filter(status => isStatusShown(status, filter))
    .map(status => {
      const ofStatus = all.filter(({task}) => task.status === status)
      const cards = ofStatus.filter(shows)
      if (closed.has(status)) cards.sort((one, other) => latestFirst(one.task, other.task))
      return {status, cards, total: ofStatus.length}
    })
}

/** One group a story, also those without tasks; in each the tasks as they go through the columns. */
export function groupsOf(board: Board, filter: Filter, userId: string): Group[] {
  const shows = shownBy(filter, userId)
  const names = namesOf(board)
  const groups = board.stories.map(story => {
    const cards = cardsOfStory(story, names).filter(shows)
    cards.sort((one, other) => statuses.indexOf(one.task.status) - statuses.indexOf(other.task.status))
    const done = story.tasks.filter(({status}) => status === 'completed').length
    return {story, cards, total: story.tasks.length, done}
  })
  return isFiltering(filter) ? groups.filter(({cards}) => cards.length > 0) : groups
}

export interface Progress {
  completed: number
  inProgress: number
  /** Without the cancelled ones, which nobody will do. */
  total: number
}

export function progressOf(board: Board): Progress {
  const tasks = board.stories.flatMap(story => story.tasks)
  const having = (status: TaskStatus) => tasks.filter(task => task.status === status).length
  return {
    completed: having('completed'),
    inProgress: having('in_progress'),
    total: tasks.length - having('cancelled'),
  }
}

/** Undefined for somebody whom the board does not know yet. */
export function nameOf(board: Pick<Board, 'members'> | undefined, userId: string): string | undefined {
  return board?.members.find(({id}) => id === userId)?.name
}

function cardsOf(board: Board): Card[] {
  const names = namesOf(board)
  return board.stories.flatMap(story => cardsOfStory(story, names))
}

function cardsOfStory({title, tasks}: BoardStory, names: ReadonlyMap<string, string>): Card[] {
  return tasks.map(task => ({
    task,
    storyTitle: title,
    ownerName: task.owner_user_id && (names.get(task.owner_user_id) ?? 'Somebody'),
  }))
}

function namesOf({members}: Board): ReadonlyMap<string, string> {
  return new Map(members.map(({id, name}) => [id, name]))
}

function shownBy(filter: Filter, userId: string): (card: Card) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return ({task, storyTitle, ownerName}) => {
    if (filter.isMine && task.owner_user_id !== userId) return false
    if (!isStatusShown(task.status, filter)) return false
    if (words.length === 0) return true
    const text = [task.title, storyTitle, ownerName, ...task.acceptance_criteria_refs].join(' ').toLowerCase()
    return words.every(word => text.includes(word))
  }
}

function isStatusShown(status: TaskStatus, filter: Filter): boolean {
  if (filter.status === 'open') return !closed.has(status)
  return filter.status === 'all' || filter.status === status
}

function latestFirst(one: Task, other: Task): number {
  return one.updated_at < other.updated_at ? 1 : one.updated_at > other.updated_at ? -1 : 0
}
