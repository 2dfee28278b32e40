/** The panel of a task that is not on the board: a task of another sprint, of the backlog, or a deleted task. */
import {useEffect} from 'react'
import type {ApiClient} from '../../client/api-client.ts'
import type {Backlog, Board, Sprint, Task} from '../../client/client.ts'
import type {HistorySource} from '../history/use-history.ts'
import {addressOf} from '../organization/task-address.ts'
import {Dialog} from '../parts/dialog.tsx'
import {useDrafts} from '../parts/drafts.ts'
import {useFetched} from '../parts/fetched.ts'
import {openedIn} from '../parts/opened.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {Link} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {commentKey} from './comments.tsx'
import {findTaskByName} from './find-task-by-name.ts'
import {unsentItems} from './unsent-items.ts'

interface Found {
  task: Task
  /** Undefined when the task is in the backlog. */
  sprint: Sprint | undefined
}

interface TaskElsewhereProps extends HistorySource {
  taskId: string
  /** A task that belongs to this board appears as soon as the stream has delivered it. */
  board: Board | Backlog
  onClose(): void
}

export function TaskElsewhere({taskId, board, latestEvent, reloads, onClose}: TaskElsewhereProps) {
  const {api} = useSession()
  const found = useFetched(taskId, () => findTask(api, taskId))
  const {isFetching, refetch} = found
  const id = found.value?.task.id
  useEffect(() => {
    const stopEvents = latestEvent.subscribe(() => {
      const event = latestEvent.get()
      const hasMoved = event?.type === 'task.moved' || event?.type === 'task.deleted'
      if (hasMoved && (isFetching || event.task_id === id)) refetch()
    })
    const stopReloads = reloads.subscribe(refetch)
    return () => {
      stopEvents()
      stopReloads()
    }
  }, [latestEvent, reloads, refetch, isFetching, id])
  const isHere = found.value != null && belongsTo(board, found.value.task)
  const isSearching = found.value === undefined && found.error === undefined
  const title = found.value === null ? 'Task deleted' : (found.value?.task.title ?? 'Task')
  return (
    <Dialog title={title} kind="side" onClose={onClose}>
      <LoadError of={found}>Could not find out where this task is.</LoadError>
      {(isSearching || isHere) && <Loading label="Looking for the task" />}
      {found.value === null && <DeletedTask taskId={taskId} />}
      {found.value && !isHere && <TheWay found={found.value} />}
    </Dialog>
  )
}

function belongsTo(board: Board | Backlog, {sprint_id, project_id}: Task): boolean {
  if ('sprint' in board) return sprint_id === board.sprint.id
  return sprint_id === null && project_id === board.project.id
}

function TheWay({found: {task, sprint}}: {found: Found}) {
  return (
    <div className="panel-elsewhere">
      <p>
        {sprint
          ? `This task is in the sprint “${sprint.name}”.`
          : 'This task is in the backlog: its story belongs to no sprint.'}
      </p>
      <Link className="button" data-kind="primary" href={addressOf(task, openedIn(location.hash).questionId)}>
        {sprint ? `Open ${sprint.name}` : 'Open it in the backlog'}
      </Link>
    </div>
  )
}

/** What was not sent stays readable, so that the member can copy it. */
function DeletedTask({taskId}: {taskId: string}) {
  const drafts = useDrafts()
  const comment = drafts.read(commentKey(taskId))?.body
  const items = Object.values(unsentItems(drafts, taskId).current()).filter(Boolean)
  return (
    <div className="panel-elsewhere">
      <p>This task was deleted.</p>
      {comment && (
        <>
          <h3>Your unsent comment</h3>
          <p className="prose">{comment}</p>
        </>
      )}
      {items.length > 0 && (
        <>
          <h3>Your unsent checklist items</h3>
          <p className="prose">{items.join('\n')}</p>
        </>
      )}
    </div>
  )
}

/** Returns null when the task was deleted. */
async function findTask(api: ApiClient, id: string): Promise<Found | null> {
  const task = await findTaskByName(api, id)
  if (!task) return null
  const {sprint_id} = task
  // The sprint can be deleted between the two requests. The next attempt then finds the task in the backlog.
  const sprint = sprint_id ? await api.call('GET /sprints/{id}', {params: {id: sprint_id}}) : undefined
  return {task, sprint}
}
