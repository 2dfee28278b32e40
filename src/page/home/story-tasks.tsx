/** The tasks of a story on the page of its project. */
import {useMemo} from 'react'
import {compareRanks} from '../../client/board.ts'
import type {DashboardStory, Label} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {addressOf} from '../organization/task-address.ts'
import {PlusIcon, StatusIcon} from '../parts/icons.tsx'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {Link} from '../parts/route.tsx'
import {noOwner, statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {tooLargeText, usePlaceBoard} from './place-boards.ts'

export interface StoryTasksProps {
  story: DashboardStory
  /** Undefined when no task can be added. */
  onAddTask: ((labels: readonly Label[]) => void) | undefined
}

export function StoryTasks({story, onAddTask}: StoryTasksProps) {
  const {me} = useSession()
  const {id, sprint_id, project_id} = story
  const kept = usePlaceBoard(sprint_id ? {sprintId: sprint_id} : {projectId: project_id})
  const board = kept.value
  const unordered = board?.stories.find(story => story.id === id)?.tasks
  const tasks = useMemo(() => unordered?.toSorted(compareRanks), [unordered])
  return (
    <div className="story-tasks">
      {!tasks && kept.error === undefined && <Loading label="Loading the tasks" />}
      <LoadError of={kept}>Could not load the tasks. {tooLargeText(kept.error)}</LoadError>
      {tasks && tasks.length > 0 && (
        <ul>
          {tasks.map(task => (
            <li key={task.id}>
              <Link href={addressOf(task)} className="own-task">
                <StatusIcon status={task.status} />
                <span className="own-task-title">{task.title}</span>
                <span className="muted">
                  {task.key} · {statusLabels[task.status]} ·{' '}
                  {task.owner_user_id ? memberName(board!.members, task.owner_user_id) : noOwner}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {tasks?.length === 0 && <p className="muted">No tasks yet.</p>}
      {board && onAddTask && me.role !== 'viewer' && (
        <button
          type="button"
          className="button"
          aria-haspopup="dialog"
          onClick={() => onAddTask(board.labels)}
        >
          <PlusIcon />
          New task
        </button>
      )}
    </div>
  )
}
