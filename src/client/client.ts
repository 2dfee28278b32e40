/** The exports of `boardcast/client`, for browsers and Node. */
export type {Activity, NewActivity} from '../board/activity.ts'
export type {Board} from '../board/board.ts'
export type {BoardEvent, EventType, Topic} from '../board/events.ts'
export type {Notification, NotificationCause} from '../board/notification.ts'
export {Problem} from '../board/problem.ts'
export type {ResetReason} from '../board/stream-events.ts'
export type {BoardTask, Task, TaskStatus} from '../board/task.ts'
export type {ApiOptions, Me} from './api.ts'
export type {EventPlace, Status} from './connection-state.ts'
export {type KeepBoardOptions, type KeptBoard, keepBoard} from './keep-board.ts'
export type {Selection} from './selection.ts'
export {
  type BoardSnapshot,
  openTaskStream,
  type Reset,
  type TaskStream,
  type TaskStreamOptions,
} from './stream.ts'
