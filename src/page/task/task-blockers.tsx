/** The tasks that block the open task, and the tasks that it blocks, in the panel of the task. */
import {useRef, useState} from 'react'
import {findTask} from '../../client/board.ts'
import type {Backlog, Board, BoardTask} from '../../client/client.ts'
import {addressOf} from '../organization/task-address.ts'
import {useFetched} from '../parts/fetched.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {CloseIcon, PlusIcon, StatusIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {LoadError} from '../parts/page-states.tsx'
import {Link} from '../parts/route.tsx'
import {useSentChanges} from '../parts/sent-changes.ts'
import {statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import {type Blocker, BlockerPicker} from './blocker-picker.tsx'
import {type BlockerChange, blockedBy, possibleBlockers, withBlockerChange} from './blockers.ts'
import {findTaskByName} from './find-task-by-name.ts'
import {Detail} from './panel-detail.tsx'
import styles from './task-blockers.css?inline'

addStyles(styles)

export function TaskBlockers({task, board}: {task: BoardTask; board: Board | Backlog}) {
  const {me, api} = useSession()
  const record = useRecordAct()
  const [isPicking, setPicking] = useState(false)
  const list = useRef<HTMLUListElement>(null)
  const {confirmed, pending, change} = useSentChanges<BoardTask, BlockerChange>(task, ({kind, id}, turn) => {
    const params = {id: task.id, blocker_id: id}
    const saved = turn.then(() =>
      api.call(`${kind === 'add' ? 'PUT' : 'DELETE'} /tasks/{id}/blockers/{blocker_id}`, {params}),
    )
    record(saved.then(after => ({kind: 'blocker', task: after, blockerId: id, isAdded: kind === 'add'})))
    return saved
  })
  const ids = pending.reduce(withBlockerChange, confirmed.blocked_by_task_ids ?? [])
  const {tasks: known, ...fetched} = useTasks(ids, task.version, board)
  const tasks = board.stories.flatMap(({tasks}) => tasks)
  const blocked = blockedBy(task.id, tasks)
  const mayChange = me.role !== 'viewer'

  function add({id, title}: Blocker) {
    change({kind: 'add', id}, title)
  }

  return (
    <>
      {(mayChange || ids.length > 0) && (
        <Detail label="Blocked by">
          <ul ref={list} className="blockers" tabIndex={-1}>
            {ids.map(id => {
              const blocker = known.get(id)
              const title = blocker?.title ?? 'this task'
              return (
                <li key={id} data-pending={pending.some(change => change.id === id) || undefined}>
                  {blocker ? <TaskLink task={blocker} /> : <span className="muted">Loading…</span>}
                  {mayChange && (
                    <IconButton
                      label={`Remove blocker: ${title}`}
                      title="Remove blocker"
                      onClick={() => {
                        change({kind: 'remove', id}, title)
                        list.current?.focus() // the pressed button disappears
                      }}
                    >
                      <CloseIcon />
                    </IconButton>
                  )}
                </li>
              )
            })}
          </ul>
          <LoadError of={fetched}>Could not load these tasks.</LoadError>
          {mayChange && (
            <button
              type="button"
              className="plan-control"
              aria-haspopup="dialog"
              onClick={() => setPicking(true)}
            >
              <PlusIcon />
              Add a blocker
            </button>
          )}
        </Detail>
      )}
      {blocked.length > 0 && (
        <Detail label="Blocks">
          <ul className="blockers">
            {blocked.map(other => (
              <li key={other.id}>
                <TaskLink task={other} />
              </li>
            ))}
          </ul>
        </Detail>
      )}
      {isPicking && (
        <BlockerPicker
          task={task}
          known={possibleBlockers(task.id, ids, tasks)}
          excludedIds={new Set([task.id, ...ids])}
          onChoose={add}
          onClose={() => setPicking(false)}
        />
      )}
    </>
  )
}

/** Opens the task on its board. */
function TaskLink({task}: {task: BoardTask}) {
  const {key, title, status} = task
  return (
    <Link href={addressOf(task)} title={statusLabels[status]} data-status={status}>
      <StatusIcon status={status} />
      <span>
        <span className="visually-hidden">{statusLabels[status]}: </span>
        <span className="muted">{key}</span> <span className="blocker-title">{title}</span>
      </span>
    </Link>
  )
}

/** Returns the tasks with these ids. Tasks that the board lacks are fetched, again for each `version` of the open task. */
function useTasks(ids: readonly string[], version: number, board: Board | Backlog) {
  const {api} = useSession()
  // What was fetched stays known while it is fetched again.
  const elsewhere = useRef(new Map<string, BoardTask>())
  const missing = ids.filter(id => !findTask(board, id))
  const fetched = useFetched(missing.length > 0 && `${version} ${missing}`, () =>
    Promise.all(missing.map(id => findTaskByName(api, id))),
  )
  for (const task of fetched.value ?? []) if (task) elsewhere.current.set(task.id, task)
  const tasks = new Map(ids.map(id => [id, findTask(board, id) ?? elsewhere.current.get(id)]))
  return {...fetched, tasks}
}
