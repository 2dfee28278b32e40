import {Api} from './api.ts'
import {receive} from './receive.ts'
import type {TaskStream, TaskStreamOptions} from './task-stream.ts'

/** Delivers each event of a selection once and in order, until the stream is closed. */
export function openTaskStream(options: TaskStreamOptions = {}): TaskStream {
  return receive(options, new Api(options))
}
