/** The board grouped by story, with the progress and tasks of each. */
import type {BoardStory} from '../board/board.ts'
import type {StoryStatus} from '../board/story.ts'
import type {Group} from './board-view.ts'
import {IconButton} from './icon-button.tsx'
import {PenIcon, PlusIcon} from './icons.tsx'
import {ProgressBar} from './progress-bar.tsx'
import {useSession} from './session.tsx'
import {TaskCard} from './task-card.tsx'
import {storyStatuses, storyStatusLabels} from './words.ts'

interface StoryGroupsProps {
  groups: Group[]
  /** The only card that Tab reaches; undefined: Tab reaches all cards. */
  currentId: string | undefined
  onAddTask(storyId: string): void
  onEdit(story: BoardStory): void
  onStatus(story: BoardStory, status: StoryStatus): void
}

export function StoryGroups({groups, currentId, onAddTask, onEdit, onStatus}: StoryGroupsProps) {
  const {me} = useSession()
  const mayChange = me.role !== 'viewer'
  return (
    <div className="groups">
      {groups.map(({story, cards, total, done}) => (
        <section key={story.id} className="group" aria-label={`${story.title}, ${done} of ${total} done`}>
          <header className="group-head">
            <h2>{story.title}</h2>
            <StoryStatusSelect
              story={story}
              isDisabled={!mayChange}
              onChange={status => onStatus(story, status)}
            />
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

interface StoryStatusSelectProps {
  story: {title: string; status: StoryStatus}
  isDisabled: boolean
  onChange(status: StoryStatus): void
}

export function StoryStatusSelect({story, isDisabled, onChange}: StoryStatusSelectProps) {
  return (
    <select
      className="pill-select"
      aria-label={`Story status: ${story.title}`}
      data-status={story.status}
      value={story.status}
      disabled={isDisabled}
      onChange={event => onChange(event.currentTarget.value as StoryStatus)}
    >
      {storyStatuses.map(status => (
        <option key={status} value={status}>
          {storyStatusLabels[status]}
        </option>
      ))}
    </select>
  )
}
