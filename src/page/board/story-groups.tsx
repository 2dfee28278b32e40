/** The board grouped by story. Each group shows the progress and the tasks of a story. */
import {useEffect, useMemo, useRef} from 'react'
import type {BoardStory} from '../../client/client.ts'
import {hoursText} from '../parts/format.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {PenIcon, PlusIcon} from '../parts/icons.tsx'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {StoryStatusSelect} from '../plan/story-status-select.tsx'
import {useSession} from '../session/session.tsx'
import type {Group} from './board-view.ts'
import {CardList} from './card-list.tsx'
import {inList} from './columns.tsx'
import type {Slot} from './held-cards.ts'
import {estimatedHeight, useNearGroups} from './near-groups.ts'
import {type PointerHold, useHeldSlots} from './pointer-hold.ts'
import {useStillScroll} from './still-scroll.ts'

export interface StoryGroupsProps {
  groups: Group[]
  /** The id of the only card that the Tab key reaches. When `currentId` is undefined, Tab reaches all cards. */
  currentId: string | undefined
  /** The id of the card that stays in the document outside the viewport. */
  pinnedId: string | undefined
  hold: PointerHold
  /** Undefined when the sprint is closed, and takes no tasks. */
  onAddTask: ((storyId: string) => void) | undefined
  onEdit(story: BoardStory): void
}

export function StoryGroups({groups, currentId, pinnedId, hold, onAddTask, onEdit}: StoryGroupsProps) {
  const area = useRef<HTMLDivElement>(null)
  const lists = useMemo(() => groups.map(({story, cards}) => ({key: story.id, cards})), [groups])
  const slots = useHeldSlots(lists, hold, () => undefined)
  const isHeld = hold.key !== undefined
  const pinnedGroup = groups.find((_, index) => inList(pinnedId, slots[index]!))
  const near = useNearGroups(area, groups, pinnedGroup?.story.id)
  useUpdateOfLists(area)
  useStillScroll(area, isHeld)
  return (
    <div className="groups" ref={area} data-held={isHeld || undefined}>
      <div>
        {groups.map((group, index) => {
          const {story, cards, total, done} = group
          const isNear = near.has(story.id)
          return (
            <section
              key={story.id}
              className="group"
              data-list={story.id}
              data-far={!isNear || undefined}
              aria-label={`${story.title}, ${done} of ${total} done`}
              style={isNear ? undefined : {height: estimatedHeight(cards.length, innerWidth)}}
            >
              {isNear ? (
                <StoryGroup
                  group={group}
                  slots={slots[index]!}
                  currentId={currentId && inList(currentId, slots[index]!)}
                  pinnedId={group === pinnedGroup ? pinnedId! : ''}
                  onAddTask={onAddTask}
                  onEdit={onEdit}
                />
              ) : (
                <header className="group-head">
                  <h2>{story.title}</h2>
                </header>
              )}
            </section>
          )
        })}
      </div>
    </div>
  )
}

type StoryGroupProps = Pick<StoryGroupsProps, 'currentId' | 'onAddTask' | 'onEdit'> & {
  group: Group
  slots: readonly Slot[]
  pinnedId: string
}

/** The content of a group that has been near the viewport. */
function StoryGroup({group, slots, currentId, pinnedId, onAddTask, onEdit}: StoryGroupProps) {
  const {me} = useSession()
  const {story, total, done, hours} = group
  return (
    <>
      <header className="group-head">
        <h2>{story.title}</h2>
        <StoryStatusSelect story={story} />
        <span className="group-count">
          <ProgressBar done={done} total={total} />
          {done} of {total} done
          {hours.total > 0 && (
            <span title="Estimated hours of tasks that are not completed">
              {hoursText(hours.open)} of {hoursText(hours.total)} left
            </span>
          )}
        </span>
        {me.role !== 'viewer' && (
          <span className="group-actions">
            <IconButton label={`Edit story: ${story.title}`} title="Edit story" onClick={() => onEdit(story)}>
              <PenIcon />
            </IconButton>
            {onAddTask && (
              <IconButton
                label={`New task: ${story.title}`}
                title="New task"
                onClick={() => onAddTask(story.id)}
              >
                <PlusIcon />
              </IconButton>
            )}
          </span>
        )}
      </header>
      <CardList
        className="group-cards"
        slots={slots}
        shows="status"
        emptyText="No tasks yet"
        currentId={currentId}
        pinnedId={pinnedId}
      />
    </>
  )
}

/**
 * A list renders other cards when it is scrolled. A list also moves when a list above it grows or shrinks, so the area
 * then reports a scroll.
 */
function useUpdateOfLists(area: {current: HTMLElement | null}): void {
  useEffect(() => {
    const {firstElementChild} = area.current!
    const observer = new ResizeObserver(() => area.current?.dispatchEvent(new Event('scroll')))
    observer.observe(firstElementChild!)
    observer.observe(area.current!)
    return () => observer.disconnect()
  }, [area])
}
