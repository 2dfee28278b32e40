/** The dialog that plans a sprint: stories of the backlog move into the sprint, and out of it. */
import {useEffect, useRef, useState} from 'react'
import type {Board, DashboardStory} from '../../client/client.ts'
import {useTaskEvents} from '../../client/react.ts'
import {Dialog} from '../parts/dialog.tsx'
import {useFetched} from '../parts/fetched.ts'
import {count, hoursText} from '../parts/format.ts'
import {ArrowDownIcon, ArrowUpIcon} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {GripIcon} from '../parts/more-icons.tsx'
import {useNotes} from '../parts/notes.tsx'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {useRefetchSoon} from '../parts/refetch-soon.ts'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import styles from './plan-sprint.css?inline'
import {
  backlogOf,
  type Plan,
  type PlannedStory,
  planAfter,
  type StoryMove,
  storyOfBoard,
  sumsOf,
  unconfirmed,
} from './planned-stories.ts'
import {sendStoryMove} from './send-story-move.ts'
import {useStoryDrag} from './story-drag.ts'

addStyles(styles)

export function PlanSprint({board, onClose}: {board: Board; onClose(): void}) {
  const {sprint} = board
  const backlog = useBacklog(sprint.project_id)
  const known = {sprint: board.stories.map(storyOfBoard), backlog: backlogOf(backlog.value ?? [])}
  const {moves, announcement, move} = useStoryMoves(known, sprint.id, (id, version) =>
    backlog.update(stories =>
      stories.map(story => (story.id === id ? {...story, sprint_id: null, version} : story)),
    ),
  )
  const plan = planAfter(known, moves)
  const dialog = useRef<HTMLDivElement>(null)
  const moveTo = (id: string, list: string) => {
    const story = [...plan.sprint, ...plan.backlog].find(story => story.id === id)
    const isToSprint = list === 'sprint'
    if (!story || plan[isToSprint ? 'sprint' : 'backlog'].includes(story)) return
    move(story, isToSprint)
  }
  const {drag, handleOf} = useStoryDrag(moveTo)

  // The row of a moved story is a new element, so its button must get the focus.
  const pressedId = useRef<string>(undefined)
  useEffect(() => {
    if (pressedId.current === undefined || document.activeElement?.closest('[data-story]')) return
    const row = dialog.current?.querySelector(`[data-story="${CSS.escape(pressedId.current)}"]`)
    row?.querySelector<HTMLElement>('.plan-move')?.focus()
    pressedId.current = undefined
  })

  const list = (name: 'sprint' | 'backlog', title: string, emptyText: string) => {
    const stories = plan[name]
    return (
      <section
        className="plan-list"
        data-drop={name}
        data-over={drag?.over === name || undefined}
        aria-label={title}
      >
        <header>
          <h3>{title}</h3>
          <span className="muted">{sumText(stories)}</span>
        </header>
        <ul>
          {stories.map(story => {
            const isDragged = drag?.id === story.id
            return (
              <li
                key={story.id}
                data-story={story.id}
                data-pending={moves.some(move => move.story.id === story.id) || undefined}
                data-dragged={isDragged || undefined}
                style={isDragged ? {transform: `translate(${drag.x}px, ${drag.y}px)`} : undefined}
              >
                <span className="plan-grip" title="Drag to the other list" {...handleOf(story.id)}>
                  <GripIcon />
                </span>
                <span className="plan-title">{story.title}</span>
                <span className="muted">{storyText(story)}</span>
                <button
                  type="button"
                  className="button plan-move"
                  aria-label={`${name === 'sprint' ? 'Remove from the sprint' : 'Add to the sprint'}: ${story.title}`}
                  onClick={() => {
                    pressedId.current = story.id
                    moveTo(story.id, name === 'sprint' ? 'backlog' : 'sprint')
                  }}
                >
                  {name === 'sprint' ? <ArrowDownIcon /> : <ArrowUpIcon />}
                  {name === 'sprint' ? 'Remove' : 'Add'}
                </button>
              </li>
            )
          })}
        </ul>
        {stories.length === 0 && <p className="muted">{emptyText}</p>}
      </section>
    )
  }

  return (
    <Dialog title={`Plan ${sprint.name}`} onClose={onClose}>
      <div className="plan-lists" ref={dialog}>
        {list('sprint', 'In this sprint', 'No stories yet. Add some from the backlog.')}
        <LoadError of={backlog}>Could not load the backlog.</LoadError>
        {backlog.value === undefined && backlog.error === undefined && (
          <Loading label="Loading the backlog" />
        )}
        {backlog.value && list('backlog', 'Backlog', 'The backlog is empty.')}
      </div>
      <p className="visually-hidden" role="status">
        {announcement}
      </p>
    </Dialog>
  )
}

function sumText(stories: readonly PlannedStory[]): string {
  const {isPartial, ...sums} = sumsOf(stories)
  const least = isPartial ? 'at least ' : ''
  return `${count(stories.length, 'story', 'stories')} · ${least}${storyText(sums)}`
}

function storyText({tasks, openHours}: Pick<PlannedStory, 'tasks' | 'openHours'>): string {
  if (tasks === undefined) return ''
  return [count(tasks, 'task'), ...(openHours > 0 ? [`${hoursText(openHours)} left`] : [])].join(' · ')
}

/** The stories of the project. They are fetched again after each change of a story or a task. */
function useBacklog(projectId: string) {
  const {api} = useSession()
  const [start, setStart] = useState<string>()
  const fetched = useFetched<readonly DashboardStory[]>(projectId, async () => {
    const {complete, stories, cursor} = await api.call('GET /dashboard', {query: {project_id: projectId}})
    setStart(known => known ?? cursor)
    return complete ? stories : api.all('GET /projects/{id}/stories', {params: {id: projectId}})
  })
  const refetchSoon = useRefetchSoon(fetched, 1_000)
  useTaskEvents({
    selection: {
      topics: ['tasks'],
      types: [
        'story.created',
        'story.updated',
        'story.deleted',
        'story.moved',
        'story.ranked',
        'task.created',
        'task.updated',
        'task.deleted',
        'task.moved',
        'status_changed',
        'story.status.changed',
        'board.imported',
      ],
      projectId,
    },
    cursor: start,
    enabled: start !== undefined,
    onEvent: refetchSoon,
    onReset: fetched.refetch,
  })
  return fetched
}

/**
 * The moves that the lists do not contain yet. `onMovedOut` is called with the id and the new version of a story that has
 * left the sprint, because the board then no longer contains it.
 */
function useStoryMoves(known: Plan, sprintId: string, onMovedOut: (id: string, version: number) => void) {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()
  const [all, setAll] = useState<readonly StoryMove[]>([])
  const [announcement, announce] = useState('')
  // The changes are sent one after another, so that they are made in the order of the clicks.
  const last = useRef<Promise<unknown>>(Promise.resolve())
  const moves = unconfirmed(known, all)
  useEffect(() => {
    if (moves.length < all.length) setAll(moves)
  })

  function move(story: PlannedStory, isToSprint: boolean): void {
    const made: StoryMove = {story, isToSprint}
    setAll(known => [...known.filter(other => other.story.id !== story.id), made])
    announce(`${story.title}: ${isToSprint ? 'in this sprint' : 'in the backlog'}`)
    const before = {...story, sprint_id: isToSprint ? null : sprintId}
    const change = sendStoryMove(api, record, before, isToSprint ? sprintId : null, last.current)
    last.current = change
      .then(({after: {version}}) => {
        setAll(known => known.map(other => (other === made ? {...made, version} : other)))
        if (!isToSprint) onMovedOut(story.id, version)
      })
      .catch(error => {
        setAll(known => known.filter(other => other !== made))
        showWarning(failureText(error, story.title))
      })
  }

  return {moves, announcement, move}
}
