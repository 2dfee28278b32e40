/** The tasks of a story on the page of its project. */
import {useState} from 'react'
import {compareRanks} from '../../client/board.ts'
import type {DashboardStory} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {addressOf} from '../organization/task-address.ts'
import {PlusIcon, StatusIcon} from '../parts/icons.tsx'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {Link} from '../parts/route.tsx'
import {noOwner, statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {NewTask} from '../task/edit-task.tsx'
import {useStoryBoard} from './story-board.ts'

export function StoryTasks({story}: {story: DashboardStory}) {
  const {me} = useSession()
  const [isAdding, setAdding] = useState(false)
  const {value: board, ...fetched} = useStoryBoard(story.id)
  const tasks = board?.stories[0]?.tasks.toSorted(compareRanks)
  return (
    <div className="story-tasks">
      {!board && fetched.error === undefined && <Loading label="Loading the tasks" />}
      <LoadError of={{...fetched, value: board}}>Could not load the tasks.</LoadError>
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
      {board && me.role !== 'viewer' && (
        <button type="button" className="button" aria-haspopup="dialog" onClick={() => setAdding(true)}>
          <PlusIcon />
          New task
        </button>
      )}
      {board && isAdding && (
        <NewTask
          stories={board.stories}
          storyId={story.id}
          sprintId={story.sprint_id ?? ''}
          projectId={story.project_id}
          labels={board.labels}
          onCreated={() => fetched.refetch()}
          onClose={() => setAdding(false)}
        />
      )}
    </div>
  )
}
