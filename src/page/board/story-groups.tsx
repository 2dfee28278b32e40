/** The board grouped by story. Each group shows the progress and the tasks of a story. */
import type {BoardStory} from '../../client/client.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {PenIcon, PlusIcon} from '../parts/icons.tsx'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {StoryStatusSelect} from '../plan/story-status-select.tsx'
import {useSession} from '../session/session.tsx'
import type {Group} from './board-view.ts'
import {TaskCard} from './task-card.tsx'

interface StoryGroupsProps {
  groups: Group[]
  /** The id of the only card that the Tab key reaches. When `currentId` is undefined, Tab reaches all cards. */
  currentId: string | undefined
  onAddTask(storyId: string): void
  onEdit(story: BoardStory): void
}

export function StoryGroups({groups, currentId, onAddTask, onEdit}: StoryGroupsProps) {
  const {me} = useSession()
  const mayChange = me.role !== 'viewer'
  return (
    <div className="groups">
      {groups.map(({story, cards, total, done}) => (
        <section key={story.id} className="group" aria-label={`${story.title}, ${done} of ${total} done`}>
          <header className="group-head">
            <h2>{story.title}</h2>
            <StoryStatusSelect story={story} />
            <span className="group-count">
              <ProgressBar done={done} total={total} />
              {done} of {total} done
            </span>
            {mayChange && (
              <span className="group-actions">
                <IconButton
                  label={`Edit story: ${story.title}`}
                  title="Edit story"
                  onClick={() => onEdit(story)}
                >
                  <PenIcon />
                </IconButton>
                <IconButton
                  label={`New task: ${story.title}`}
                  title="New task"
                  onClick={() => onAddTask(story.id)}
                >
                  <PlusIcon />
                </IconButton>
              </span>
            )}
          </header>
          <ul className="group-cards">
            {cards.map(card => (
              <li key={card.task.id}>
                <TaskCard
                  {...card}
                  shows="status"
                  isTabbable={!currentId || card.task.id === currentId}
                  isDraggable={false}
                />
              </li>
            ))}
            {cards.length === 0 && <li className="column-empty">No tasks yet</li>}
          </ul>
        </section>
      ))}
    </div>
  )
}
