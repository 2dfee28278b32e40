/** The panel of a task of the backlog, which the page of its project opens. */
import {useEffect, useState} from 'react'
import {findTask} from '../../client/board.ts'
import {addressOf} from '../organization/task-address.ts'
import {useFetched} from '../parts/fetched.ts'
import {goInPlace} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {findTaskByName} from '../task/find-task-by-name.ts'
import {type OpenedDialog, TaskDialogs} from '../task/task-dialogs.tsx'
import {TaskElsewhere} from '../task/task-elsewhere.tsx'
import {TaskPanel} from '../task/task-panel.tsx'
import {useHomeEvents, useStoryBoard} from './story-board.ts'

interface BacklogTaskProps {
  projectId: string
  /** The key or the id of the task. */
  name: string
  onClose(): void
}

export function BacklogTask({projectId, name, onClose}: BacklogTaskProps) {
  const {api} = useSession()
  const found = useFetched(name, () => findTaskByName(api, name))
  const task = found.value
  useHomeEvents(event => {
    const hasMoved = event.type === 'task.moved' || event.type === 'task.deleted'
    if (hasMoved && event.task_id === task?.id) found.refetch()
  }, found.refetch)
  useEffect(() => {
    if (task && task.project_id !== projectId) goInPlace(addressOf(task))
  }, [task, projectId])
  if (!task || task.sprint_id) {
    return (
      <TaskElsewhere
        key={`${task?.id} ${task?.sprint_id}`}
        taskId={task?.id ?? name}
        sprintId={null}
        onClose={onClose}
      />
    )
  }
  return <StoryTask key={task.id} taskId={task.id} storyId={task.story_id} onClose={onClose} />
}

function StoryTask({taskId, storyId, onClose}: {taskId: string; storyId: string; onClose(): void}) {
  const {value: board, run, latestEvent, reloads} = useStoryBoard(storyId)
  const [dialog, setDialog] = useState<OpenedDialog>()
  if (!board) return <TaskElsewhere taskId={taskId} sprintId={null} onClose={onClose} />
  return (
    <>
      <TaskPanel
        board={board}
        latestEvent={latestEvent}
        reloads={reloads}
        run={run}
        taskId={taskId}
        task={findTask(board, taskId)}
        onOpen={(kind, task) => setDialog({kind, task})}
        onClose={onClose}
      />
      {dialog && (
        <TaskDialogs
          dialog={dialog}
          board={board}
          run={run}
          onDeleted={onClose}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  )
}
