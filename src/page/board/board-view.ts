/** Pure functions that compute the columns, groups and progress of a board. */
import {compareRanks} from '../../client/board.ts'
import type {Board, BoardStory, BoardTask, TaskStatus} from '../../client/client.ts'
import {statuses, unknownMember} from '../parts/words.ts'

export interface Filter {
  /** Only cards that contain all words of this text are shown. An empty text shows all cards. */
  text: string
  /** Whether only tasks that the viewer owns are shown. */
  isMine: boolean
  /**
   * Only tasks with this status are shown. With `open`, only available tasks, owned tasks and tasks in progress are
   * shown.
   */
  status: TaskStatus | 'open' | 'all'
}

export const noFilter: Filter = {text: '', isMine: false, status: 'all'}

export function isFiltering({text, isMine, status}: Filter): boolean {
  return text.trim() !== '' || isMine || status !== 'all'
}

/** A task with the names that its card shows. */
export interface Card {
  task: BoardTask
  storyTitle: string
  /** Null when the task has no owner. */
  ownerName: string | null
}

export interface Column {
  status: TaskStatus
  cards: Card[]
  /** The number of all tasks with this status, including tasks that the filter hides. */
  total: number
}

export interface Group {
  story: BoardStory
  cards: Card[]
  /** The number of all tasks of the story, including tasks that the filter hides. */
  total: number
  /** The number of completed tasks, including tasks that the filter hides. */
  done: number
}

const closed: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled'])

/**
 * Returns one column for each status that the filter allows. The tasks are in the order that the team has chosen.
 */
export function columnsOf(board: Board, filter: Filter, userId: string): Column[] {
  const all = cardsOf(board).sort(byRank)
  const shows = cardFilter(filter, userId)
  return statuses
    .filter(status => isStatusShown(status, filter))
    .map(status => {
      const withStatus = all.filter(({task}) => task.status === status)
      return {status, cards: withStatus.filter(shows), total: withStatus.length}
    })
}

/**
 * Returns one group for each story. The stories, and the tasks of each story, are in the order that the team has chosen.
 * A filter hides stories without a matching task.
 */
export function groupsOf(board: Board, filter: Filter, userId: string): Group[] {
  const shows = cardFilter(filter, userId)
  const names = namesOf(board)
  const groups = board.stories.toSorted(compareRanks).map(story => {
    const cards = cardsOfStory(story, names).filter(shows).sort(byRank)
    const done = story.tasks.filter(({status}) => status === 'completed').length
    return {story, cards, total: story.tasks.length, done}
  })
  return isFiltering(filter) ? groups.filter(({cards}) => cards.length > 0) : groups
}

/**
 * Returns the id of the task whose card comes after the card of `taskId` in its column or group. After the last card,
 * returns the card before it. Returns undefined when the card is the only one, or is not shown.
 */
export function neighbourOf(lists: readonly {cards: Card[]}[], taskId: string): string | undefined {
  for (const {cards} of lists) {
    const index = cards.findIndex(({task}) => task.id === taskId)
    if (index !== -1) return (cards[index + 1] ?? cards[index - 1])?.task.id
  }
  return undefined
}

interface Progress {
  completed: number
  inProgress: number
  /** The number of tasks that are not cancelled. */
  total: number
}

export function progressOf(board: Board): Progress {
  const tasks = board.stories.flatMap(story => story.tasks)
  const countOf = (status: TaskStatus) => tasks.filter(task => task.status === status).length
  return {
    completed: countOf('completed'),
    inProgress: countOf('in_progress'),
    total: tasks.length - countOf('cancelled'),
  }
}

function cardsOf(board: Board): Card[] {
  const names = namesOf(board)
  return board.stories.flatMap(story => cardsOfStory(story, names))
}

function cardsOfStory({title, tasks}: BoardStory, names: ReadonlyMap<string, string>): Card[] {
  return tasks.map(task => ({
    task,
    storyTitle: title,
    ownerName: task.owner_user_id && (names.get(task.owner_user_id) ?? unknownMember),
  }))
}

function namesOf({members}: Board): ReadonlyMap<string, string> {
  return new Map(members.map(({id, name}) => [id, name]))
}

function cardFilter(filter: Filter, userId: string): (card: Card) => boolean {
  const terms = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return ({task, storyTitle, ownerName}) => {
    if (filter.isMine && task.owner_user_id !== userId) return false
    if (!isStatusShown(task.status, filter)) return false
    if (terms.length === 0) return true
    const text = [task.key, task.title, storyTitle, ownerName, ...task.acceptance_criteria_refs]
      .join(' ')
      .toLowerCase()
    return terms.every(term => text.includes(term))
  }
}

function isStatusShown(status: TaskStatus, filter: Filter): boolean {
  if (filter.status === 'open') return !closed.has(status)
  return filter.status === 'all' || filter.status === status
}

function byRank(one: Card, other: Card): number {
  return compareRanks(one.task, other.task)
}
