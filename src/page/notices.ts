/** What the page says in passing: changes that others made, and what was refused. */
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import {findTask} from '../board/find-task.ts'
import {Problem} from '../board/problem.ts'
import {nameOf} from './board-view.ts'
import {count, listed, shortened, statusLabels} from './words.ts'

/** One thing that somebody else has done. */
export interface Change {
  what: string
  who: string
  which: string
  taskId?: string
}

/** Changes that are told as one. */
export interface Gathered {
  changes: number
  what: string
  who: readonly string[]
  which: readonly string[]
  /** Of the last one, where that is about a task. */
  taskId: string | undefined
  /** Milliseconds, when the last of them came. */
  at: number
}

export interface Notice {
  title: string
  detail: string
}

const apart = 2_000 // milliseconds: what comes sooner after another change is told together with it

/** The changes so far with one more; what came too long ago is forgotten. */
export function gather(sofar: Gathered | undefined, change: Change, now: number): Gathered {
  const {what, who, which, taskId} = change
  if (!sofar || now - sofar.at > apart) {
    return {changes: 1, what, who: [who], which: [which], taskId, at: now}
  }
  return {
    changes: sofar.changes + 1,
    what: sofar.what === what ? what : '',
    who: withOne(sofar.who, who),
    which: withOne(sofar.which, which),
    taskId,
    at: now,
  }
}

export function tell({changes, what, who, which}: Gathered): Notice {
  const title = changes === 1 ? what : count(changes, 'change')
  const things = which.length > 2 ? `${which[0]} and ${which.length - 1} more` : listed(which)
  return {title, detail: [listed(who), things].filter(Boolean).join(' · ')}
}

export function tellReplay(changes: number): Notice {
  return {title: `${count(changes, 'change')} while you were away`, detail: 'The board is up to date again.'}
}

/**
 * What to tell the viewer of an event; undefined for their own, and for those that only go along with another.
 * `board` is as it was before the event, so that a deleted task still has its name.
 */
export function changeOf(event: BoardEvent, board: Board | undefined, userId: string): Change | undefined {
  if (event.actor_user_id === userId) return undefined
  const described = describe(event, board)
  if (!described) return undefined
  const [what, which] = described
  const who = event.actor_user_id ? (nameOf(board, event.actor_user_id) ?? 'Somebody') : 'Boardcast'
  return {what, who, which: shortened(which, 60), ...('task_id' in event && {taskId: event.task_id!})}
}

/** What happened, and to what. */
function describe(event: BoardEvent, board: Board | undefined): [what: string, which: string] | undefined {
  const task = 'task_id' in event && event.task_id ? findTask(board, event.task_id)?.title : undefined
  switch (event.type) {
    case 'ownership_taken':
      return ['Task claimed', task ?? 'a task']
    case 'ownership_released':
      return ['Task released', task ?? 'a task']
    case 'status_changed':
      return ['Task status updated', `${task ?? 'a task'} → ${statusLabels[event.new_status]}`]
    case 'task.created':
      return ['Task added', event.task.title]
    case 'task.updated':
      return ['Task edited', event.task.title]
    case 'task.moved':
      return ['Task moved', event.task.title]
    case 'task.deleted':
      return ['Task deleted', task ?? 'a task']
    case 'task.commented':
      return ['New comment', task ?? 'a task']
    case 'story.created':
      return ['Story added', event.story.title]
    case 'story.updated':
    case 'story.status.changed':
      return ['Story updated', 'story' in event ? event.story.title : storyTitle(board, event.story_id)]
    case 'story.moved':
      return ['Story moved', event.story.title]
    case 'story.deleted':
      return ['Story deleted', event.story.title]
    case 'sprint.updated':
      return ['Sprint updated', event.sprint.name]
    case 'sprint.deleted':
      return ['Sprint deleted', event.sprint.name]
    default:
      return undefined
  }
}

/** Why an act was refused, in the viewer's terms. `what` names the thing, for those that say nothing of it. */
export function refusal(error: unknown, what: string): Notice {
  const name = `“${shortened(what, 60)}”`
  if (!(error instanceof Problem)) {
    return {title: 'The server did not answer', detail: `${name} is shown as the server last told it.`}
  }
  if (error.data.status === 401) {
    return {title: 'You are signed out', detail: 'Sign in again to change the board.'}
  }
  switch (error.code) {
    case 'task-already-owned':
      return {title: `${error.data.owner_name ?? 'Somebody'} was faster`, detail: `${name} is taken.`}
    case 'task-not-found':
      return {title: 'Somebody was faster', detail: `${name} was deleted.`}
    default:
      return {title: 'That was refused', detail: error.message}
  }
}

/** Whether the refusal is a lost race for this task: then nobody needs to hear that somebody else has claimed it. */
export function isLostRace(error: unknown): boolean {
  return error instanceof Problem && error.code === 'task-already-owned'
}

/** The members whom a comment calls: '@Grace Hopper', or '@grace' where one member alone has that first name. */
export function mentionsIn(body: string, members: Board['members']): string[] {
  const text = body.toLowerCase()
  const isCalled = (name: string) =>
    text.split(`@${name}`).some((after, index) => index > 0 && !/^[\p{L}\p{N}]/u.test(after))
  return members
    .filter(({name}) => {
      const whole = name.toLowerCase()
      const first = whole.split(' ')[0]!
      const namesakes = members.filter(other => other.name.toLowerCase().split(' ')[0] === first)
      return isCalled(whole) || (namesakes.length === 1 && isCalled(first))
    })
    .map(({id}) => id)
}

function storyTitle(board: Board | undefined, storyId: string): string {
  return board?.stories.find(({id}) => id === storyId)?.title ?? 'a story'
}

function withOne(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name]
}
