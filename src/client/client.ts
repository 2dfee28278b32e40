/** The exports of `@boardcast/client`, for browsers and Node. */
export {Problem} from '../board/problem.ts'
export type * from './contract.ts'
export {
  type KeepBacklogOptions,
  type KeepBoardOptions,
  type KeptBoard,
  keepBacklog,
  keepBoard,
  type TaskFields,
} from './keep-board.ts'
export type {ApiOptions, Fetch, FetchInit, FetchResponse, Token} from './options.ts'
export type {Selection} from './selection.ts'
export {openTaskStream} from './stream.ts'
export type {EventPlace, PresenceEvent, Reset, Status, TaskStream, TaskStreamOptions} from './task-stream.ts'
export type {Verification} from './verification.ts'
