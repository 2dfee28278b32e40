/** Pure functions that compute the columns, groups and progress of a board. */
import {compareRanks} from '../../client/board.ts'
import type {Board, BoardStory, BoardTask, Label, TaskStatus} from '../../client/client.ts'
import {statuses, unknownMember} from '../parts/words.ts'
import {isBlocked} from '../task/blockers.ts'
import {type Filter, isFiltering, nobody} from './filter.ts'

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
  /** The number of the story's tasks that are not cancelled, including tasks that the filter hides. */
  total: number
  /** The number of completed tasks, including tasks that the filter hides. */
  done: number
  /** The estimates of all tasks, including tasks that the filter hides. */
  hours: Hours
}

/** Sums of estimates. Tasks without an estimate, and cancelled tasks, count nothing. */
export interface Hours {
  /** The estimates of tasks that are not completed. */
  open: number
  total: number
}

const closed: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled'])

/**
 * Returns one column for each status that the filter allows. The tasks are in the order that the team has chosen.
 */
export function columnsOf(board: Board, filter: Filter): Column[] {
  const all = cardsOf(board).sort(byRank)
  const shows = cardFilter(filter, board.labels ?? [])
  return statuses
    .filter(status => isStatusShown(status, filter))
    .map(status => {
      const withStatus = all.filter(({task}) => task.status === status)
      return {status, cards: withStatus.filter(shows), total: withStatus.length}
    })
}

/** Returns how many cards are shown: '6', or '2/6' when the filter hides some of them. */
export function countText({cards, total}: Pick<Column, 'cards' | 'total'>): string {
  return cards.length === total ? `${total}` : `${cards.length}/${total}`
}

/**
 * Returns one group for each story. The stories, and the tasks of each story, are in the order that the team has chosen.
 * A filter hides stories without a matching task.
 */
export function groupsOf(board: Board, filter: Filter): Group[] {
  const shows = cardFilter(filter, board.labels ?? [])
  const names = namesOf(board)
  const groups = board.stories.toSorted(compareRanks).map(story => {
    const cards = cardsOfStory(story, names).filter(shows).sort(byRank)
    const countOf = (status: TaskStatus) => story.tasks.filter(task => task.status === status).length
    const total = story.tasks.length - countOf('cancelled')
    return {story, cards, total, done: countOf('completed'), hours: hoursOf(story.tasks)}
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
  hours: Hours
}

export function progressOf(board: Board): Progress {
  const tasks = board.stories.flatMap(story => story.tasks)
  const countOf = (status: TaskStatus) => tasks.filter(task => task.status === status).length
  return {
    completed: countOf('completed'),
    inProgress: countOf('in_progress'),
    total: tasks.length - countOf('cancelled'),
    hours: hoursOf(tasks),
  }
}

function hoursOf(tasks: readonly BoardTask[]): Hours {
  const sum = (isCounted: (task: BoardTask) => boolean) =>
    tasks.filter(isCounted).reduce((hours, {estimated_hours}) => hours + (estimated_hours ?? 0), 0)
  return {
    open: sum(({status}) => status !== 'completed' && status !== 'cancelled'),
    total: sum(({status}) => status !== 'cancelled'),
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

function cardFilter(filter: Filter, labels: readonly Label[]): (card: Card) => boolean {
  const terms = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const labelNames = new Map(labels.map(({id, name}) => [id, name]))
  return ({task, storyTitle, ownerName}) => {
    if (!hasFacts(task, filter) || !isStatusShown(task.status, filter)) return false
    if (terms.length === 0) return true
    const names = task.label_ids?.map(id => labelNames.get(id)) ?? []
    const text = [task.key, task.title, storyTitle, ownerName, ...task.acceptance_criteria_refs, ...names]
      .join(' ')
      .toLowerCase()
    return terms.every(term => text.includes(term))
  }
}

/**
 * Whether the task has the owner, the label, the priority and the story of the filter, and is blocked when the filter
 * demands it.
 */
function hasFacts(task: BoardTask, {owner, label, priority, story, status}: Filter): boolean {
  if (status === 'blocked' && !isBlocked(task)) return false
  if (owner && (task.owner_user_id ?? nobody) !== owner) return false
  if (label && !task.label_ids?.includes(label)) return false
  if (story && task.story_id !== story) return false
  return priority === 'all' || (task.priority ?? 'none') === priority
}

function isStatusShown(status: TaskStatus, filter: Filter): boolean {
  if (filter.status === 'open') return !closed.has(status)
  if (filter.status === 'blocked') return status !== 'completed' && status !== 'cancelled'
  return filter.status === 'all' || filter.status === status
}

function byRank(one: Card, other: Card): number {
  return compareRanks(one.task, other.task)
}
