/** The exports of `@boardcast/client/board`: the rules of a board, as pure functions. The server uses the same rules. */
import {applyEvent as apply} from '../board/apply-event.ts'
import {mayDeleteComment as mayDeleteCommentOf} from '../board/comment-rules.ts'
import {mayRespond as mayRespondTo} from '../board/escalation-rules.ts'
import {findTask as find} from '../board/find-task.ts'
import {compareRanks as compare} from '../board/rank.ts'
import * as rules from '../board/task-rules.ts'
import type {Backlog, Board, BoardEvent, BoardTask, Comment, Escalation, Me, TaskStatus} from './contract.ts'

export {maxUnreadCount} from '../board/unread-count.ts'
export {digestOf} from './board-digest.ts'
export type * from './contract.ts'

/** Who makes a change, and when. */
export interface Action {
  caller: Me
  /** RFC 3339 in UTC with milliseconds. */
  timestamp: string
}

/** The result of an action: the task after the action, and the events that describe the change. */
export interface TaskOutcome<T> {
  task: T
  events: BoardEvent[]
}

/**
 * Returns the board or the backlog after the event. When the event does not change the board, returns `board` itself. Applying an event
 * twice has the same result as applying the event once.
 */
export const applyEvent: <B extends Board | Backlog>(board: B, event: BoardEvent) => B = apply

/** Returns undefined when the board has not been loaded or does not contain the task. */
export const findTask: (board: Board | Backlog | undefined, taskId: string) => BoardTask | undefined = find

/**
 * Compares two tasks or two stories by their place in the order of the project, for `Array.prototype.sort`. The lists of
 * a board are sorted by id, not by place.
 */
export const compareRanks: (
  one: Pick<BoardTask, 'id' | 'rank'>,
  other: Pick<BoardTask, 'id' | 'rank'>,
) => number = compare

/**
 * Changes the status from available to owned. `ownerName` is the name of the current owner, or null. Throws Problem
 * 'task-already-owned' or 'invalid-status-move'.
 */
export const take: <T extends BoardTask>(
  task: T,
  action: Action,
  ownerName: string | null,
) => TaskOutcome<T> = rules.take

/**
 * Makes another member the owner of the task. `ownerName` is the name of the current owner, or null. Throws Problem
 * 'not-the-owner', 'task-already-owned' or 'invalid-status-move'.
 */
export const give: <T extends BoardTask>(
  task: T,
  ownerId: string,
  action: Action,
  ownerName: string | null,
) => TaskOutcome<T> = rules.give

/** Changes the status from owned or in_progress to available. Throws Problem 'task-not-owned' or 'not-the-owner'. */
export const release: <T extends BoardTask>(task: T, action: Action) => TaskOutcome<T> = rules.release

/** Throws Problem 'invalid-status-move' or 'not-the-owner'. */
export const setStatus: <T extends BoardTask>(task: T, status: TaskStatus, action: Action) => TaskOutcome<T> =
  rules.setStatus

/** Returns whether the task is open and has an owner. Only the owner or an admin may change its status. */
export const isHeld: (task: BoardTask) => boolean = rules.isHeld

/** Returns whether the caller may make another member the owner of the task. */
export const mayGive: (task: BoardTask, caller: Pick<Me, 'user_id' | 'role'>) => boolean = rules.mayGive

/** Returns whether the caller may delete the task: its creator, its owner and every admin may delete the task. */
export const mayDelete: (task: BoardTask, caller: Pick<Me, 'user_id' | 'role'>) => boolean = rules.mayDelete

/** Returns whether the caller may respond to the escalation. */
export const mayRespond: (
  escalation: Pick<Escalation, 'assignee_user_id'>,
  caller: Pick<Me, 'user_id' | 'role'>,
) => boolean = mayRespondTo

/** Returns whether the caller may delete the comment: its author and every admin. Only the author may edit it. */
export const mayDeleteComment: (
  comment: Pick<Comment, 'author_user_id'>,
  caller: Pick<Me, 'user_id' | 'role'>,
) => boolean = mayDeleteCommentOf
