/**
 * `keepBoard` maintains the current board of a sprint, and `keepBacklog` the backlog of a project. Both show the caller's
 * changes before the server responds.
 */
import {applyEvent} from '../board/apply-event.ts'
import {findTask} from '../board/find-task.ts'
import {Problem} from '../board/problem.ts'
import {compareRanks, textBetween} from '../board/rank.ts'
import {Api} from './api.ts'
import {isAway} from './backoff.ts'
import type {
  Backlog,
  BacklogSnapshot,
  Board,
  BoardEvent,
  BoardSnapshot,
  BoardTask,
  Me,
  Operations,
  Task,
  TaskPlace,
  TaskStatus,
} from './contract.ts'
import {keepTrying} from './keep-trying.ts'
import {type Mutable, receive} from './receive.ts'
import type {Selection} from './selection.ts'
import type {EventPlace, Reset, TaskStream, TaskStreamOptions} from './task-stream.ts'
import type {CheckpointArguments, Verification, VerificationCallbacks} from './verification.ts'

type AnyBoard = Board | Backlog

interface KeepOptions<B extends AnyBoard, Snapshot>
  extends Omit<TaskStreamOptions, 'selection' | 'cursor' | 'onReset'> {
  /** Called with the new board each time the board has changed. */
  onBoard?: ((board: B) => void) | undefined
  /** Called when missed events could not be delivered, and the board has been loaded again. */
  onReset?: ((reset: Reset<Snapshot>) => void) | undefined
}

export interface KeepBoardOptions extends KeepOptions<Board, BoardSnapshot>, VerificationCallbacks {
  sprintId: string
}

export interface KeepBacklogOptions extends Omit<KeepOptions<Backlog, BacklogSnapshot>, 'onPresence'> {
  projectId: string
}

/** The fields that an edit replaces. An edit does not move the task to another story. */
export type TaskFields = Omit<Operations['PATCH /tasks/{id}']['body'], 'story_id'>

/** A board, or with `KeptBoard<Backlog>` a backlog. */
export interface KeptBoard<B extends Board | Backlog = Board> extends TaskStream {
  /** The board with the caller's pending changes, or undefined until the board has loaded. */
  readonly board: B | undefined
  /** The authenticated member, or undefined until the server has responded. */
  readonly me: Me | undefined
  /**
   * The last comparison with the server's board. Undefined before the first comparison, and when the digests differed.
   * Where `crypto.subtle` does not exist, for example on pages over plain HTTP, boards are never compared. Nor are backlogs.
   */
  readonly verified: Verification | undefined
  /**
   * The ids of the tasks with a change that is on the board but not confirmed yet, neither by a response nor by an event.
   * The set is replaced when it changes.
   */
  readonly pendingTaskIds: ReadonlySet<string>
  /**
   * Each method immediately shows the expected result on the board, and resolves with the task from the server. When
   * the server rejects the change, the change is rolled back and the promise rejects with the Problem. The data of a
   * `task-already-owned` Problem contains `owner_name`.
   *
   * When the response is lost, the change stays pending until the server can be reached again. If the server has made
   * the change, the promise then resolves with the current task. Otherwise, it rejects with the error of the request.
   */
  take(taskId: string): Promise<Task>
  release(taskId: string): Promise<Task>
  setStatus(taskId: string, status: TaskStatus): Promise<Task>
  /** Makes another member the owner of the task. */
  give(taskId: string, userId: string): Promise<Task>
  /** Moves the task directly after or before another task of the project. `compareRanks` compares the new places. */
  rankTask(taskId: string, place: TaskPlace): Promise<Task>
  /** Replaces the given fields, for example the priority. */
  editTask(taskId: string, fields: TaskFields): Promise<Task>
}

/** A change by the caller. The server's board does not include this change yet. */
interface Pending {
  taskId: string
  actorId: string
  timestamp: string
  /**
   * Fields of the event that the change is expected to cause. After the server has responded, these fields contain the
   * task from the response.
   */
  fields: (Predicted & {owner_user_id: string}) | {type: 'task.updated'; task: Task}
  /** Whether the event of this change has arrived. */
  isMade?: boolean
  /** The rank of the task when the request was sent, without pending changes. */
  oldRank?: string | undefined
}

type Predicted =
  | {type: 'ownership_taken'}
  | {type: 'ownership_released'}
  | {type: 'ownership_transferred'; owner_user_id: string}
  | {type: 'status_changed'; new_status: TaskStatus}
  | {type: 'task.ranked'; place: TaskPlace}
  | {type: 'task.edited'; edit: TaskFields}

export function keepBoard(options: KeepBoardOptions): KeptBoard {
  return keep(options, {sprintId: options.sprintId})
}

/** Like `keepBoard`, for the stories of a project that are in no sprint. */
export function keepBacklog(options: KeepBacklogOptions): KeptBoard<Backlog> {
  const {projectId} = options
  // The events of the project itself have the topic `projects`.
  return keep(options, {topics: ['tasks', 'projects'], projectId}, `/projects/${projectId}/backlog`)
}

function keep<B extends AnyBoard, Snapshot extends B & {cursor: string}>(
  options: KeepOptions<B, Snapshot>,
  selection: Selection,
  path?: string,
): KeptBoard<B> {
  const {onEvent, onBoard} = options
  const api = new Api(options)
  let known: B | undefined // the server's board, without pending changes
  let pending: Pending[] = []
  // The last change of each task. The next change of a task waits for the last change of this task.
  const last = new Map<string, Promise<Task>>()
  let isClosed = false
  const asking = new Set<() => void>() // these functions give up the requests for the outcomes of lost changes

  const streamOptions = {
    ...options,
    selection,
    path,
    cursor: undefined,
    onBoard: know,
    onCheckpoint(...args: CheckpointArguments) {
      // Only the stream of a sprint has checkpoints.
      const board = known as Board
      const sprintId = selection.sprintId as string
      import('./verify-board.ts')
        .then(({verifyBoard}) => verifyBoard(kept, api, sprintId, board, ...args))
        .catch(() => {}) // the board is not verified, for example because the module could not be loaded
    },
    onEvent(event: BoardEvent, place: EventPlace) {
      confirm(event)
      know(applyEvent(known!, event))
      onEvent?.(event, place)
    },
  }
  const stream = receive(streamOptions, api)
  const {close} = stream
  const kept = Object.assign(stream, {
    pendingTaskIds: new Set<string>() as ReadonlySet<string>,
    close() {
      isClosed = true
      close()
      for (const giveUp of asking) giveUp()
    },
    take: (taskId: string) => change(taskId, {type: 'ownership_taken'}, 'PUT', '/ownership'),
    release: (taskId: string) => change(taskId, {type: 'ownership_released'}, 'DELETE', '/ownership'),
    setStatus: (taskId: string, status: TaskStatus) =>
      change(taskId, {type: 'status_changed', new_status: status}, 'PUT', '/status', {status}),
    give: (taskId: string, owner_user_id: string) =>
      change(taskId, {type: 'ownership_transferred', owner_user_id}, 'PUT', '/ownership', {owner_user_id}),
    rankTask: (taskId: string, place: TaskPlace) =>
      change(taskId, {type: 'task.ranked', place}, 'PUT', '/rank', place),
    editTask: (taskId: string, edit: TaskFields) =>
      change(taskId, {type: 'task.edited', edit}, 'PATCH', '', edit),
  }) as Mutable<KeptBoard<B>>
  whoAmI().catch(() => {}) // a failure is ignored, because the next change sends this request again
  return kept

  async function whoAmI(): Promise<Me> {
    kept.me = await api.me()
    return kept.me
  }

  async function change(
    taskId: string,
    predicted: Predicted,
    method: string,
    what: string,
    body?: unknown,
  ): Promise<Task> {
    // Every change waits for `whoAmI`, even when `me` is already known. The changes therefore stay in the order of the
    // calls.
    const {user_id} = await whoAmI()
    const change: Pending = {
      taskId,
      actorId: user_id,
      timestamp: new Date().toISOString(),
      fields: {owner_user_id: user_id, ...predicted},
    }
    pending.push(change)
    show()
    // Changes of one task are sent one after another. When one of these changes is rejected, the waiting changes of the
    // task are rejected too.
    const before = last.get(taskId)
    const answer = (async () => {
      await before
      change.oldRank = rankOf(taskId)
      // A request that is sent while the browser reports no network does not arrive.
      const mayArrive = globalThis.navigator?.onLine !== false
      return api.call<Task>(method, `/tasks/${taskId}${what}`, body).catch(error => {
        if (isClosed || !mayArrive || !isAway(error)) throw error
        return outcomeOf(change, error)
      })
    })()
    last.set(taskId, answer)
    try {
      const task = await answer
      change.fields = {type: 'task.updated', task}
      return task
    } catch (error) {
      pending = pending.filter(other => other !== change)
      throw error
    } finally {
      if (last.get(taskId) === answer) last.delete(taskId)
      show()
    }
  }

  /** Returns the rank of the task in the last response or event, or undefined when the board has no such task. */
  function rankOf(taskId: string): string | undefined {
    const confirmed = pending.filter(({fields}) => fields.type === 'task.updated')
    return findTask(known && confirmed.reduce<B>(applyPending, known), taskId)?.rank
  }

  /** Resolves with the task when the server has made the change. Otherwise, rejects with `error`. */
  function outcomeOf(change: Pending, error: unknown): Promise<Task> {
    return new Promise((resolve, reject) => {
      const end = (task?: Task) => {
        trying.stop()
        asking.delete(end)
        if (task && (change.isMade || hasResult(task, change))) resolve(task)
        else reject(error)
      }
      const trying = keepTrying(
        () => api.call<Task>('GET', `/tasks/${change.taskId}`),
        end,
        problem => {
          // Other refusals, for example of an ended session, do not show the outcome, so the question is repeated.
          if (problem instanceof Problem && problem.data.status === 404) end()
        },
      )
      asking.add(end)
    })
  }

  /** When the event is the result of a pending change, the change is no longer pending, even without a response. */
  function confirm(event: BoardEvent): void {
    // Only the oldest change of a task is sent. Its event must not confirm a later change that looks the same.
    const oldest = pending.find(
      ({taskId, fields}) => 'task_id' in event && taskId === event.task_id && fields.type !== 'task.updated',
    )
    const made = oldest && isEventOf(event, oldest) ? oldest : undefined
    if (made) made.isMade = true
    pending = pending.filter(change => change !== made)
  }

  function know(board: B): void {
    if (board === known) return
    known = board
    show()
  }

  function show(): void {
    if (!known) return
    pending = pending.filter(change => !hasCaughtUp(known!, change))
    const board = pending.reduce<B>(applyPending, known)
    const ids = new Set(pending.flatMap(({taskId, fields}) => (fields.type === 'task.updated' ? [] : taskId)))
    if ([...ids].join() !== [...kept.pendingTaskIds].join()) kept.pendingTaskIds = ids
    if (board === kept.board) return
    kept.board = board
    onBoard?.(board)
  }
}

/**
 * Returns true when the server's board includes the result of the change. Also returns true when the board no longer
 * contains the task.
 */
function hasCaughtUp(known: AnyBoard, {taskId, fields}: Pending): boolean {
  const task = findTask(known, taskId)
  return !task || (fields.type === 'task.updated' && task.version >= fields.task.version)
}

/** Returns the board that is expected after the change. Applies the event that the change is expected to cause. */
function applyPending<B extends AnyBoard>(board: B, {taskId, timestamp, fields}: Pending): B {
  const task = findTask(board, taskId)!
  const {story_id, version, owner_user_id: previous_owner_user_id} = task
  // The rank is computed again for each board, because the neighbours may have got other ranks.
  const rank = fields.type === 'task.ranked' ? rankIn(board, task, fields.place) : task.rank
  const event = {
    task_id: taskId,
    story_id,
    version: version + 1,
    timestamp,
    previous_owner_user_id,
    rank,
    ...fields,
    ...(fields.type === 'task.edited' && {
      type: 'task.updated',
      task: {...task, ...fields.edit, version: version + 1},
    }),
  }
  return applyEvent(board, event as unknown as BoardEvent)
}

/** Returns whether the task is in the state that the change was expected to cause. */
function hasResult(task: Task, {fields, oldRank}: Pending): boolean {
  if (fields.type === 'status_changed') return task.status === fields.new_status
  if (fields.type === 'task.ranked') return task.rank !== oldRank
  if (fields.type === 'task.edited') return JSON.stringify({...task, ...fields.edit}) === JSON.stringify(task)
  return (
    task.owner_user_id ===
    (fields.type === 'ownership_released' ? null : (fields as {owner_user_id: string}).owner_user_id)
  )
}

/**
 * Returns a text that sorts in the given place among the tasks of the board. When the board does not contain the
 * neighbour, the place is unknown, and the rank of the task is returned. The server chooses the real rank.
 */
function rankIn(board: AnyBoard, task: BoardTask, place: TaskPlace): string {
  const tasks = board.stories.flatMap(({tasks}) => tasks).filter(other => other !== task)
  tasks.sort(compareRanks)
  const isAfter = 'after_task_id' in place
  const neighbourId = isAfter ? place.after_task_id : place.before_task_id
  const neighbour = tasks.findIndex(({id}) => id === neighbourId)
  if (neighbourId && neighbour < 0) return task.rank
  const next = isAfter ? neighbour + 1 : neighbour < 0 ? tasks.length : neighbour
  return textBetween(tasks[next - 1]?.rank, tasks[next]?.rank)
}

function isEventOf(event: BoardEvent, {taskId, actorId, fields}: Pending): boolean {
  // A move of another task may cause a `task.ranked` of this task, so only the response confirms a move.
  if (fields.type === 'task.updated' || fields.type === 'task.ranked' || event.type !== fields.type)
    return false
  return (
    event.task_id === taskId &&
    event.actor_user_id === actorId &&
    (event.type !== 'status_changed' ||
      fields.type !== event.type ||
      event.new_status === fields.new_status) &&
    (event.type !== 'ownership_transferred' || event.owner_user_id === fields.owner_user_id)
  )
}
