/** `keepBoard`: the board of a sprint as it is now, with the caller's own changes shown before the server has answered. */
import {applyEvent} from '../board/apply-event.ts'
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {Api, type Me} from './api.ts'
import {Receiver, type TaskStream, type TaskStreamOptions} from './stream.ts'

export interface KeepBoardOptions extends Omit<TaskStreamOptions, 'selection' | 'cursor'> {
  sprintId: string
  /** Told of every board that differs from the one before. */
  onBoard?: ((board: Board) => void) | undefined
}

export interface KeptBoard extends TaskStream {
  /** With the caller's own pending changes in it; undefined until it was loaded. */
  readonly board: Board | undefined
  /** Who the caller is; undefined until the server has said so. */
  readonly me: Me | undefined
  /**
   * Each shows its outcome at once and resolves with the task as the server has it. When the server refuses, the board
   * is as before and the promise rejects with the Problem: `task-already-owned` has `owner_name` in its data.
   */
  take(taskId: string): Promise<Task>
  release(taskId: string): Promise<Task>
  setStatus(taskId: string, status: TaskStatus): Promise<Task>
}

export function keepBoard(options: KeepBoardOptions): KeptBoard {
  return new BoardKeeper(options)
}

/** A change that the server has not told of yet, as the event that it will be. */
interface Pending {
  taskId: string
  timestamp: string
  /** What alters the board in that event; once the server has answered, the task itself. */
  fields: Predicted | {type: 'task.updated'; task: Task}
}

type Predicted =
  | {type: 'ownership_taken'; owner_user_id: string}
  | {type: 'ownership_released'}
  | {type: 'status_changed'; new_status: TaskStatus}

class BoardKeeper extends Receiver implements KeptBoard {
  board: Board | undefined
  me: Me | undefined
  readonly #api: Api
  readonly #onBoard: KeepBoardOptions['onBoard']
  /** As the events of the server have made it. */
  #known: Board | undefined
  #pending: Pending[] = []
  /** The last change of each task: the next waits for it. */
  readonly #last = new Map<string, Promise<Task>>()

  constructor(options: KeepBoardOptions) {
    const {sprintId, onBoard, onEvent, ...rest} = options
    const api = new Api(options)
    const onEventToo: TaskStreamOptions['onEvent'] = (event, place) => {
      if (this.#known) this.#know(applyEvent(this.#known, event))
      onEvent?.(event, place)
    }
    super({...rest, selection: {sprintId}, onEvent: onEventToo}, api, board => this.#know(board))
    this.#api = api
    this.#onBoard = onBoard
    this.#whoAmI().catch(() => {}) // asked again when a change needs it
  }

  take(taskId: string): Promise<Task> {
    return this.#change(taskId, me => ({type: 'ownership_taken', owner_user_id: me}), 'PUT', 'ownership')
  }

  release(taskId: string): Promise<Task> {
    return this.#change(taskId, () => ({type: 'ownership_released'}), 'DELETE', 'ownership')
  }

  setStatus(taskId: string, status: TaskStatus): Promise<Task> {
    const predict = () => ({type: 'status_changed', new_status: status}) as const
    return this.#change(taskId, predict, 'PUT', 'status', {status})
  }

  async #whoAmI(): Promise<Me> {
    this.me ??= await this.#api.me()
    return this.me
  }

  async #change(
    taskId: string,
    predict: (me: string) => Predicted,
    method: string,
    what: string,
    body?: unknown,
  ): Promise<Task> {
    // Whatever is asked for meanwhile waits here too, and so stays in order.
    const {user_id} = await this.#whoAmI()
    const fields = predict(user_id)
    const pending: Pending = {taskId, timestamp: new Date().toISOString(), fields}
    this.#pending.push(pending)
    this.#show()
    // Changes of one task are sent one after the other; what was built on a refused one is refused with it.
    const before = this.#last.get(taskId)
    const answer = (async () => {
      await before
      return this.#api.call<Task>(method, `/tasks/${taskId}/${what}`, body)
    })()
    this.#last.set(taskId, answer)
    try {
      const task = await answer
      pending.fields = {type: 'task.updated', task}
      return task
    } catch (error) {
      this.#pending = this.#pending.filter(other => other !== pending)
      throw error
    } finally {
      if (this.#last.get(taskId) === answer) this.#last.delete(taskId)
      this.#show()
    }
  }

  #know(board: Board): void {
    if (board === this.#known) return
    this.#known = board
    this.#show()
  }

  #show(): void {
    if (!this.#known) return
    const known = this.#known
    this.#pending = this.#pending.filter(pending => !hasCaughtUp(known, pending))
    const board = this.#pending.reduce(applyPending, known)
    if (board === this.board) return
    this.board = board
    this.#onBoard?.(board)
  }
}

/** Whether the server's own events have brought what the change made, or have taken the task away. */
function hasCaughtUp(known: Board, {taskId, fields}: Pending): boolean {
  const task = find(known, taskId)
  return !task || (fields.type === 'task.updated' && task.version >= fields.task.version)
}

/** The board as it will be: the same code that applies the event itself. */
function applyPending(board: Board, {taskId, timestamp, fields}: Pending): Board {
  const task = find(board, taskId)!
  const {story_id, version} = task
  const facts = {task_id: taskId, story_id, version: version + 1, timestamp}
  return applyEvent(board, {...facts, ...fields} as unknown as BoardEvent)
}

function find(board: Board | undefined, taskId: string): Task | undefined {
  for (const {tasks} of board?.stories ?? []) {
    const task = tasks.find(({id}) => id === taskId)
    if (task) return task
  }
  return undefined
}
