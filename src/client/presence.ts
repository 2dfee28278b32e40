/** The exports of `@boardcast/client/presence`: who has a board open, and which tasks these members show. */
import {applyPresence as apply, nobodyPresent} from '../board/apply-presence.ts'
import {Api} from './api.ts'
import type {Presence} from './contract.ts'
import {openTaskRenewalMs, stateTimeoutMs} from './limits.ts'
import type {ApiOptions} from './options.ts'
import type {PresenceEvent} from './task-stream.ts'

export type * from './contract.ts'
export type {PresenceEvent} from './task-stream.ts'

/** The members who have a board open, and the number of further members who are not listed. */
export type Present = Omit<Presence, 'sprint_id'>

/** Returns the presence after an event. Applying an event twice has the same result as applying the event once. */
export const applyPresence: (presence: Present, event: PresenceEvent | Present) => Present = apply

export interface KeepPresenceOptions extends ApiOptions {
  sprintId: string
  /** Called with the presence of the board each time it has changed. */
  onPresence?: ((presence: Present) => void) | undefined
  /** Called when a request has failed. A report about an open task is sent again after some seconds. */
  onError?: ((error: unknown) => void) | undefined
}

export interface KeptPresence {
  /** Nobody is present until the first event of the stream. */
  readonly presence: Present
  /** Must be called with the events of a stream. Pass this function as `onPresence` of the stream of the board. */
  receive(event: PresenceEvent): void
  /**
   * Shows the other members that the caller has this task open, or no task. While the page is hidden, no task is shown.
   * The report is repeated until `showTask` is called again, or until `close`.
   */
  showTask(taskId: string | null): void
  /** Reports that no task is open, and calls no callback any more. */
  close(): void
}

/** Keeps the presence of a board. The stream of the board must call `receive`. */
export function keepPresence(options: KeepPresenceOptions): KeptPresence {
  const {sprintId, onPresence, onError} = options
  const api = new Api(options)
  const path = `/sprints/${sprintId}/presence`
  const {document} = globalThis
  let hasState = false
  let isClosed = false
  // The changes that arrived during a read. The response may be older than these changes.
  let missed: PresenceEvent[] | undefined

  const kept = {
    presence: nobodyPresent as Present,
    receive(event: PresenceEvent) {
      if (event.sprint_id !== sprintId) return
      if ('members' in event) hasState = true
      missed?.push(event)
      // A change alone is not enough: the list before this change is not known yet.
      if (hasState) show(applyPresence(kept.presence, event))
    },
    showTask: reportOpenTask(report, document),
    close() {
      kept.showTask(null)
      isClosed = true
      clearTimeout(timer)
    },
  }
  // A tab that uses the connection of another tab does not receive the state that the other tab has received.
  const timer = unref(setTimeout(() => void read(), stateTimeoutMs))
  return kept

  async function read(): Promise<void> {
    if (hasState) return
    missed = []
    try {
      const state = await api.call<Presence>('GET', path)
      if (hasState || isClosed) return
      hasState = true
      const {members, more} = state
      show(missed.reduce<Present>(applyPresence, {members, more}))
    } catch (error) {
      if (!isClosed) onError?.(error)
    } finally {
      missed = undefined
    }
  }

  function show(presence: Present): void {
    if (isClosed) return
    kept.presence = presence
    onPresence?.(presence)
  }

  async function report(client_id: string, task_id: string | null): Promise<void> {
    try {
      await api.call('PUT', path, {client_id, task_id})
    } catch (error) {
      if (!isClosed) onError?.(error)
    }
  }
}

/**
 * Returns a function that reports the open task, and repeats the report while the task is open and the page is visible.
 * One report is sent at a time, so that the reports arrive in order.
 */
function reportOpenTask(
  send: (clientId: string, taskId: string | null) => Promise<void>,
  page: typeof document | undefined,
): (taskId: string | null) => void {
  const clientId = Math.random().toString(36).slice(2)
  let open: string | null = null
  let reported: string | null = null
  let isSending = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const onVisibility = () => void report()

  return taskId => {
    if (taskId && !open) page?.addEventListener('visibilitychange', onVisibility)
    if (!taskId) page?.removeEventListener('visibilitychange', onVisibility)
    open = taskId
    void report()
  }

  async function report(mustRenew = false): Promise<void> {
    const shown = page?.hidden ? null : open
    if (isSending || (shown === reported && !mustRenew)) return
    clearTimeout(timer)
    isSending = true
    reported = shown
    await send(clientId, shown)
    isSending = false
    if (shown) timer = unref(setTimeout(() => void report(true), openTaskRenewalMs))
    void report() // another task may have been opened during the request
  }
}

/** A pending timer must not keep a Node process running. In browsers, a timer is a number. */
function unref<Timer>(timer: Timer): Timer {
  ;(timer as {unref?(): void}).unref?.()
  return timer
}
