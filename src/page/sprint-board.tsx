/** The content of the board page: header, toolbar, cards, and the dialog or menu that is open. */
import {memo, useCallback, useEffect, useMemo, useRef, useState} from 'react'
import type {Board, BoardStory} from '../board/board.ts'
import type {Comment} from '../board/comment.ts'
import {findTask} from '../board/find-task.ts'
import type {StoryStatus} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {isHeld} from '../board/task-rules.ts'
import {findCard, useBoardKeys, useFocusFollowsCard} from './board-keys.ts'
import {BoardToolbar} from './board-toolbar.tsx'
import {columnsOf, groupsOf, isFiltering, nameOf, noFilter} from './board-view.ts'
import {Columns} from './columns.tsx'
import {EditSprint} from './edit-sprint.tsx'
import {EditStory, NewStory} from './edit-story.tsx'
import {DeleteTask, EditTask, NewTask} from './edit-task.tsx'
import type {Flashes} from './flashes.ts'
import {Menu} from './menu.tsx'
import {NewEscalation} from './new-escalation.tsx'
import type {Observable} from './observable.ts'
import {Empty} from './page-states.tsx'
import {useHash} from './route.tsx'
import {useSession} from './session.tsx'
import {useSettings} from './settings.ts'
import {ShortcutsHelp} from './shortcuts-help.tsx'
import {SprintHeader} from './sprint-header.tsx'
import {StoryGroups} from './story-groups.tsx'
import {type BoardActions, BoardActionsContext} from './task-card.tsx'
import {menuItemsFor} from './task-menu.tsx'
import {type Step, stepsTo} from './task-moves.ts'
import {TaskPanel} from './task-panel.tsx'
import {useToasts} from './toasts.tsx'
import {cannotTakeText, failureText, unknownMember} from './words.ts'
import './board.css'

interface SprintBoardProps {
  board: Board
  flashes: Flashes
  latestComment: Observable<Comment | undefined>
  run(task: Task, steps: Step[]): void
}

/** The open dialog or menu. */
type Open =
  | {kind: 'new-task'; storyId?: string}
  | {kind: 'edit-task' | 'delete-task' | 'ask'; task: Task}
  | {kind: 'new-story' | 'edit-sprint' | 'help'}
  | {kind: 'edit-story'; story: BoardStory}
  | {kind: 'menu'; taskId: string; anchor: HTMLElement}

/** Memoized: it renders when the board changes, which is at most once a frame. */
export const SprintBoard = memo(function SprintBoard(props: SprintBoardProps) {
  const {board, flashes, latestComment, run} = props
  const {api, me} = useSession()
  const {showWarning} = useToasts()
  const [{grouping, hasKeys}, changeSettings] = useSettings()
  const [filter, setFilter] = useState(noFilter)
  const [open, setOpen] = useState<Open>()
  const [openTaskId, setOpenTaskId] = useHash()
  const [lastFocusedId, setLastFocused] = useState<string>()
  const area = useRef<HTMLDivElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const focus = useFocusFollowsCard(area)
  const mayChange = me.role !== 'viewer'
  const close = useCallback(() => setOpen(undefined), [])
  const latestBoard = useRef(board)
  latestBoard.current = board

  const actions = useMemo<BoardActions>(
    () => ({
      flashes,
      run,
      open: setOpenTaskId,
      showMenu: (taskId, anchor) => setOpen({kind: 'menu', taskId, anchor}),
    }),
    [flashes, run, setOpenTaskId],
  )

  const columns = useMemo(
    () => (grouping === 'status' ? columnsOf(board, filter, me.user_id) : []),
    [board, filter, grouping, me.user_id],
  )
  const groups = useMemo(
    () => (grouping === 'story' ? groupsOf(board, filter, me.user_id) : []),
    [board, filter, grouping, me.user_id],
  )
  const cards = [...columns, ...groups].flatMap(({cards}) => cards)
  const isEmpty = grouping === 'status' ? cards.length === 0 : groups.length === 0
  const isShown = cards.some(({task}) => task.id === lastFocusedId)
  // Without arrow keys, Tab must reach every card.
  const currentId = hasKeys ? (isShown ? lastFocusedId : cards[0]?.task.id) : undefined

  // A closed dialog restores the focus to its element, which no longer exists if the card has moved meanwhile.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs only when something was opened or closed
  useEffect(() => {
    if (lastFocusedId && document.activeElement === document.body)
      findCard(area.current, lastFocusedId)?.focus()
  }, [open, openTaskId])

  useBoardKeys(area, hasKeys, {
    onCard: {
      ' ': taskId => takeOrRelease(findTask(latestBoard.current, taskId)),
      Enter: setOpenTaskId,
      m: actions.showMenu,
    },
    anywhere: {
      '/': () => search.current?.focus(),
      q: () => setFilter(filter => ({...filter, isMine: !filter.isMine})),
      '?': () => setOpen({kind: 'help'}),
    },
  })

  function takeOrRelease(task: Task | undefined) {
    if (!task || !mayChange) return
    const isMine = isHeld(task) && task.owner_user_id === me.user_id
    const steps = stepsTo(task, isMine ? 'available' : 'owned', me)
    if (steps) return run(task, steps)
    const ownerName = isHeld(task) ? (nameOf(board, task.owner_user_id!) ?? unknownMember) : undefined
    showWarning(cannotTakeText(task.status, ownerName))
  }

  function setStoryStatus(story: BoardStory, status: StoryStatus) {
    api
      .call('PUT', `/stories/${story.id}/status`, {status})
      .catch(error => showWarning(failureText(error, story.title)))
  }

  function boardContent() {
    if (grouping === 'status') return <Columns columns={columns} currentId={currentId} run={run} />
    return (
      <StoryGroups
        groups={groups}
        currentId={currentId}
        onAddTask={storyId => setOpen({kind: 'new-task', storyId})}
        onEdit={story => setOpen({kind: 'edit-story', story})}
        onStatus={setStoryStatus}
      />
    )
  }

  function emptyState() {
    if (isFiltering(filter)) {
      return (
        <Empty title="No matching tasks">
          <button type="button" className="button" onClick={() => setFilter(noFilter)}>
            Clear filters
          </button>
        </Empty>
      )
    }
    const [title, detail, label, kind] =
      board.stories.length > 0
        ? (['No tasks yet', 'Break down the stories into tasks.', 'New task', 'new-task'] as const)
        : (['No stories yet', 'Add stories to plan this sprint.', 'New story', 'new-story'] as const)
    return (
      <Empty title={title} detail={detail}>
        {mayChange && (
          <button type="button" className="button" data-kind="primary" onClick={() => setOpen({kind})}>
            {label}
          </button>
        )}
      </Empty>
    )
  }

  function overlay() {
    switch (open?.kind) {
      case 'new-task':
        return <NewTask stories={board.stories} storyId={open.storyId} onClose={close} />
      case 'edit-task':
        return <EditTask task={open.task} onClose={close} />
      case 'delete-task':
        return <DeleteTask task={open.task} onClose={close} />
      case 'ask':
        return <NewEscalation task={open.task} members={board.members} onClose={close} />
      case 'new-story':
        return <NewStory projectId={board.sprint.project_id} sprintId={board.sprint.id} onClose={close} />
      case 'edit-story':
        return <EditStory story={open.story} onClose={close} />
      case 'edit-sprint':
        return <EditSprint sprint={board.sprint} onClose={close} />
      case 'help':
        return <ShortcutsHelp onClose={close} />
      case 'menu':
        return cardMenu(open.taskId, open.anchor)
      default:
        return null
    }
  }

  function cardMenu(taskId: string, anchor: HTMLElement) {
    const task = findTask(board, taskId)
    if (!task) return null
    const items = menuItemsFor(task, me, {
      run,
      onEdit: () => setOpen({kind: 'edit-task', task}),
      onDelete: () => setOpen({kind: 'delete-task', task}),
    })
    return <Menu label={`Move or edit: ${task.title}`} anchor={anchor} items={items} onClose={close} />
  }

  return (
    <BoardActionsContext value={actions}>
      <main className="board">
        <SprintHeader board={board} onEdit={mayChange ? () => setOpen({kind: 'edit-sprint'}) : undefined} />
        <BoardToolbar
          filter={filter}
          onFilter={setFilter}
          grouping={grouping}
          onGrouping={grouping => changeSettings({grouping})}
          onAddStory={mayChange ? () => setOpen({kind: 'new-story'}) : undefined}
          onAddTask={mayChange && board.stories.length > 0 ? () => setOpen({kind: 'new-task'}) : undefined}
          searchRef={search}
          onLeaveSearch={() => currentId && findCard(area.current, currentId)?.focus()}
        />
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it only observes events of its cards */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter opens the focused card */}
        <div
          ref={area}
          className="board-area"
          onFocus={({target}) => {
            focus.onFocus(target)
            const id = target.closest<HTMLElement>('[data-task]')?.dataset.task
            if (id) setLastFocused(id)
          }}
          onBlur={focus.onBlur}
          onClick={({target}) => {
            const element = target as HTMLElement
            const card = element.closest<HTMLElement>('[data-task]')
            if (card && !element.closest('button')) setOpenTaskId(card.dataset.task!)
          }}
        >
          {isEmpty ? emptyState() : boardContent()}
        </div>
        {overlay()}
        {openTaskId && (
          <TaskPanel
            task={findTask(board, openTaskId)}
            board={board}
            latestComment={latestComment}
            run={run}
            onAsk={task => setOpen({kind: 'ask', task})}
            onEdit={task => setOpen({kind: 'edit-task', task})}
            onDelete={task => setOpen({kind: 'delete-task', task})}
            onClose={() => setOpenTaskId(undefined)}
          />
        )}
      </main>
    </BoardActionsContext>
  )
})
