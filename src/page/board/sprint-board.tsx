/** The content of the board page: header, toolbar, cards, the open task, and the open dialog or menu. */
import {memo, useCallback, useEffect, useMemo, useRef, useState} from 'react'
import {findTask, isHeld} from '../../client/board.ts'
import type {Board, BoardEvent, BoardTask} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useShownTask} from '../organization/presence.tsx'
import {useCommands} from '../parts/commands.ts'
import {highlight} from '../parts/highlight.ts'
import {lazyDialog, lazyPanel, lazyView, usePreload} from '../parts/lazy-part.tsx'
import {useNotes} from '../parts/notes.tsx'
import {createObservable, type Observable, useObservable} from '../parts/observable.ts'
import {Empty, Failure} from '../parts/page-states.tsx'
import {useSettings} from '../parts/settings.ts'
import {cannotTakeText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useOpenedTask} from '../task/opened-task.ts'
import {Prose} from '../task/prose.tsx'
import {type Step, stepsTo} from '../task/task-moves.ts'
import {findCard, renderAround, useBoardKeys, useFocusFollowsCard} from './board-keys.ts'
import {BoardDialog, BoardOverlay, CardMenu, type Overlay} from './board-overlay.tsx'
import {BoardToolbar} from './board-toolbar.tsx'
import {columnsOf, groupsOf, neighbourOf} from './board-view.ts'
import {useCardFocus} from './card-focus.ts'
import type {Limits} from './column-count.tsx'
import {Columns} from './columns.tsx'
import {type Filter, isFiltering, noFilter, useFilter} from './filter.ts'
import type {Flashes} from './flashes.ts'
import {useCardMoves} from './move-card.ts'
import {usePointerHold} from './pointer-hold.ts'
import {createSelectedCards, selectByClick} from './selected-cards.ts'
import {useShowCreated} from './show-created.ts'
import {SprintHeader} from './sprint-header.tsx'
import {SprintMenu} from './sprint-switcher.tsx'
import {type BoardActions, BoardActionsContext, LabelsContext} from './task-card.tsx'
import './board.css'

interface SprintBoardProps {
  board: Board
  /** The limits of the columns. Undefined until the project is loaded. */
  limits: Limits | undefined
  /** True when the sprint was deleted. An open dialog then stays open, because it may contain unsaved text. */
  isDeleted: boolean
  flashes: Flashes
  pending: Observable<ReadonlySet<string>>
  latestEvent: Observable<BoardEvent | undefined>
  reloads: Observable<number>
  run(task: BoardTask, steps: Step[]): void
}

// Most members look at the columns.
const StoryGroups = lazyPanel(async () => (await import('./story-groups.tsx')).StoryGroups)

const SelectionBar = lazyView(
  async () => (await import('./selection-bar.tsx')).SelectionBar,
  () => null,
)

const TaskPanel = lazyDialog(async () => (await import('../task/task-panel.tsx')).TaskPanel, 'side')

/** The content is memoized, so that it renders only when the board changes. The board changes at most once per animation frame. */
export const SprintBoard = memo(function SprintBoard(props: SprintBoardProps) {
  const {board, limits, isDeleted, flashes, pending, latestEvent, reloads, run} = props
  const {me} = useSession()
  const [{grouping, hasKeys}, changeSettings] = useSettings()
  const [filter, setFilter] = useFilter()
  const [overlay, setOverlay] = useState<Overlay>()
  const {task: openTask, id: openTaskId, open} = useOpenedTask(board)
  const [lastFocusedId, setLastFocused] = useState<string>()
  const area = useRef<HTMLDivElement>(null)
  const search = useRef<HTMLInputElement>(null)
  const pressType = useRef('')
  const focus = useFocusFollowsCard(area)
  const hold = usePointerHold(area)
  const focusWhenShown = useCardFocus(area)
  const focusCard = useCallback(
    (taskId: string) => {
      setLastFocused(taskId) // a card that is far from the viewport is then in the document
      focusWhenShown(taskId)
    },
    [focusWhenShown],
  )
  const selection = useMemo(createSelectedCards, [])
  const selected = useObservable(selection.ids)
  const opened = useMemo(() => createObservable<string | undefined>(undefined), [])
  const takeOrRelease = useTakeOrRelease(board, run)
  const mayChange = me.role !== 'viewer'
  const mayPlan = mayChange && board.sprint.status !== 'closed'
  const onAddTask = mayPlan && board.stories.length > 0 ? () => setOverlay({kind: 'new-task'}) : undefined
  const closeOverlay = useCallback(() => setOverlay(undefined), [])
  useShownTask(openTask?.id)
  usePreload([TaskPanel, BoardDialog, StoryGroups, CardMenu, SprintMenu, SelectionBar, Prose])

  // Beside the panel, the board has less room.
  useEffect(() => {
    opened.set(openTaskId)
    if (openTaskId) findCard(area.current, openTaskId)?.scrollIntoView({block: 'nearest', inline: 'nearest'})
  }, [opened, openTaskId])

  const actions = useMemo<BoardActions>(
    () => ({
      flashes,
      pending,
      selection,
      opened,
      run,
      open,
      // A viewer may not move or edit tasks, so the menu would be empty.
      showMenu: (taskId, anchor) => mayChange && setOverlay(overlay => toggleMenu(overlay, taskId, anchor)),
    }),
    [flashes, pending, selection, opened, run, open, mayChange],
  )

  const columns = useMemo(
    () => (grouping === 'status' ? columnsOf(board, filter) : []),
    [board, filter, grouping],
  )
  const groups = useMemo(
    () => (grouping === 'story' ? groupsOf(board, filter) : []),
    [board, filter, grouping],
  )
  const lists = [...columns, ...groups]
  const cards = lists.flatMap(({cards}) => cards)
  const listedIds = lists.map(({cards}) => cards.map(({task}) => task.id))
  const moves = useCardMoves(lists, run)
  const isEmpty = grouping === 'status' ? cards.length === 0 : groups.length === 0
  // A sprint without stories, and a closed sprint without tasks, have nothing to filter.
  const hasContent = board.sprint.status === 'closed' ? !isEmpty : board.stories.length > 0
  const hasToolbar = hasContent || isFiltering(filter)
  const isShown = cards.some(({task}) => task.id === lastFocusedId)
  // When the arrow keys are disabled, Tab must reach every card.
  const currentId = hasKeys ? (isShown ? lastFocusedId : cards[0]?.task.id) : undefined

  // When a dialog closes, the dialog returns the focus to the element that had the focus before. If this element was in
  // a card that has moved, the element no longer exists, so the card gets the focus. A panel that the address opened was
  // not opened by a card, so the card of its task gets the focus.
  const lastOpenId = useRef(openTaskId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs only when something was opened or closed
  useEffect(() => {
    const returnTo = openTaskId ? lastFocusedId : (lastOpenId.current ?? lastFocusedId)
    lastOpenId.current = openTaskId
    if (!returnTo || document.activeElement !== document.body) return
    const card = findCard(area.current, returnTo)
    if (card) card.focus()
    else focusCard(returnTo)
  }, [overlay, openTaskId])

  // The neighbour is found before the task is deleted, because the board no longer contains the task afterwards.
  const neighbourId = useRef<string>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs only when something was opened or closed
  useEffect(() => {
    if (overlay?.kind === 'delete-task') neighbourId.current = neighbourOf(lists, overlay.task.id)
  }, [overlay])
  function leaveDeletedTask(taskId: string) {
    if (taskId === openTaskId) open(undefined)
    if (neighbourId.current) focusCard(neighbourId.current)
  }

  useShowCreated({
    board,
    isTaskShown: id => cards.some(({task}) => task.id === id),
    isStoryShown: id => groups.some(({story}) => story.id === id),
    reveal({kind, id}) {
      if (kind === 'task') {
        focusCard(id)
        flashes.flash(id)
        return
      }
      const list = area.current?.querySelector<HTMLElement>(`[data-list="${CSS.escape(id)}"]`)
      // The stories near the new one are not rendered yet, and will have other heights. They cannot be rendered inside an effect.
      if (list) {
        queueMicrotask(() => {
          renderAround(list)
          highlight(list)
        })
      }
    },
    showAll(kind) {
      setFilter(noFilter)
      if (kind === 'story') changeSettings({grouping: 'story'})
    },
  })

  useBoardKeys(area, hasKeys, {
    onCard: {
      ' ': takeOrRelease,
      Enter: open,
      m: actions.showMenu,
      x: id => mayChange && selection.toggle(id),
    },
    onMove: (taskId, move) => mayChange && moves.move(taskId, move),
    anywhere: {
      '/': () => search.current?.focus(),
      n: () => mayPlan && board.stories.length > 0 && setOverlay({kind: 'new-task'}),
      q: () => setFilter(filter => withOwn(filter, me.user_id)),
      '?': () => setOverlay({kind: 'help'}),
    },
  })

  useCommands({
    projectId: board.sprint.project_id,
    commands: [
      ...(onAddTask ? [{label: 'New task', run: onAddTask}] : []),
      ...(mayPlan
        ? [
            {label: 'New story', run: () => setOverlay({kind: 'new-story'})},
            {label: 'Plan the sprint', run: () => setOverlay({kind: 'plan-sprint'})},
          ]
        : []),
      {label: 'Sprint history', run: () => setOverlay({kind: 'sprint-history'})},
      grouping === 'status'
        ? {label: 'Group by story', run: () => changeSettings({grouping: 'story'})}
        : {label: 'Group by status', run: () => changeSettings({grouping: 'status'})},
    ],
  })

  function boardContent() {
    if (isEmpty && isFiltering(filter)) return <NoMatches onClear={() => setFilter(noFilter)} />
    if (isEmpty)
      return (
        <EmptyBoard
          board={board}
          onAdd={mayPlan ? setOverlay : undefined}
          onShowBurndown={() => setOverlay({kind: 'burndown'})}
        />
      )
    // The card that Tab reaches must be in the document, even before a card has had the focus.
    const shown = {currentId, pinnedId: isShown ? lastFocusedId : currentId, hold}
    if (grouping === 'status')
      return (
        <Columns columns={columns} limits={limits} {...shown} taskOf={id => findTask(board, id)} run={run} />
      )
    return (
      <StoryGroups
        groups={groups}
        {...shown}
        onAddTask={mayPlan ? storyId => setOverlay({kind: 'new-task', storyId}) : undefined}
        onEdit={story => setOverlay({kind: 'edit-story', story})}
      />
    )
  }

  const overlayView = overlay && (
    <BoardOverlay
      overlay={overlay}
      board={board}
      isSprintDeleted={isDeleted}
      latestEvent={latestEvent}
      reloads={reloads}
      run={run}
      moves={moves}
      selection={selection}
      listedIds={listedIds}
      onOpen={setOverlay}
      onTaskCreated={focusCard}
      onTaskDeleted={leaveDeletedTask}
      onClose={closeOverlay}
    />
  )

  return (
    <BoardActionsContext value={actions}>
      <LabelsContext value={board.labels}>
        {isDeleted ? (
          <SprintNotFound />
        ) : (
          <main className="board">
            <SprintHeader
              board={board}
              onEdit={mayChange ? () => setOverlay({kind: 'edit-sprint'}) : undefined}
              onPlan={mayPlan ? () => setOverlay({kind: 'plan-sprint'}) : undefined}
              onSetStatus={mayChange ? () => setOverlay({kind: 'sprint-status'}) : undefined}
              onShowBurndown={() => setOverlay({kind: 'burndown'})}
              onShowHistory={() => setOverlay({kind: 'sprint-history'})}
            />
            {hasToolbar && (
              <BoardToolbar
                board={board}
                filter={filter}
                onFilter={setFilter}
                grouping={grouping}
                onGrouping={grouping => changeSettings({grouping})}
                onAddStory={mayPlan ? () => setOverlay({kind: 'new-story'}) : undefined}
                onAddTask={onAddTask}
                searchRef={search}
                onLeaveSearch={() => currentId && findCard(area.current, currentId)?.focus()}
              />
            )}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: this element only observes events of its cards */}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter opens the focused card */}
            <div
              ref={area}
              className="board-area"
              data-selecting={selected.size > 0 || undefined}
              onPointerDownCapture={({pointerType}) => {
                pressType.current = pointerType
              }}
              onClickCapture={event =>
                mayChange && selectByClick(event, pressType.current, selection, hold.shownLists.current)
              }
              onFocus={({target}) => {
                focus.onFocus(target)
                const id = target.closest<HTMLElement>('[data-task]')?.dataset.task
                if (id) setLastFocused(id)
              }}
              onBlur={focus.onBlur}
              onClick={({target}) => {
                const element = target as HTMLElement
                const card = element.closest<HTMLElement>('[data-task]')
                if (card && !element.closest('button, input')) open(card.dataset.task!)
              }}
            >
              {boardContent()}
            </div>
            <p className="visually-hidden" role="status">
              {moves.announcement}
            </p>
            {openTaskId && (
              <TaskPanel
                taskId={openTaskId}
                task={openTask}
                board={board}
                latestEvent={latestEvent}
                reloads={reloads}
                run={run}
                onOpen={(kind, task) => setOverlay({kind, task})}
                onClose={() => open(undefined)}
              />
            )}
            {overlay?.kind === 'menu' && overlayView}
            {selected.size > 0 && (
              <SelectionBar board={board} selection={selection} shownIds={listedIds.flat()} />
            )}
          </main>
        )}
      </LabelsContext>
      {overlay?.kind !== 'menu' && overlayView}
    </BoardActionsContext>
  )
})

/** Shows only the viewer's tasks. When the filter already shows only these, shows the tasks of all owners. */
function withOwn(filter: Filter, userId: string): Filter {
  return {...filter, owner: filter.owner === userId ? '' : userId}
}

/** Opens the menu of the task. When this menu is open, closes it. */
function toggleMenu(overlay: Overlay | undefined, taskId: string, anchor: HTMLElement): Overlay | undefined {
  return overlay?.kind === 'menu' && overlay.taskId === taskId ? undefined : {kind: 'menu', taskId, anchor}
}

/**
 * Returns the action of the Space key. If the viewer owns the task, the action releases the task. Otherwise, the action
 * takes the task, or shows why the viewer cannot take the task.
 */
function useTakeOrRelease(board: Board, run: SprintBoardProps['run']): (taskId: string) => void {
  const {me} = useSession()
  const {showWarning} = useNotes()
  return taskId => {
    const task = findTask(board, taskId)
    if (!task || me.role === 'viewer') return
    const isMine = isHeld(task) && task.owner_user_id === me.user_id
    const isFree = task.status === 'available'
    const steps = isMine || isFree ? stepsTo(task, isMine ? 'available' : 'owned', me) : undefined
    if (steps) return run(task, steps)
    const ownerName = isHeld(task) ? memberName(board.members, task.owner_user_id) : undefined
    showWarning(cannotTakeText(task.status, ownerName))
  }
}

export function SprintNotFound() {
  return <Failure title="Sprint not found" detail="The sprint was deleted, or the address is wrong." />
}

function NoMatches({onClear}: {onClear(): void}) {
  return (
    <Empty title="No matching tasks">
      <button type="button" className="button" onClick={onClear}>
        Clear filters
      </button>
    </Empty>
  )
}

interface EmptyBoardProps {
  board: Board
  /** Opens a dialog. Undefined when the viewer is not allowed to add stories or tasks, and when the sprint is closed. */
  onAdd: ((overlay: Overlay) => void) | undefined
  onShowBurndown(): void
}

function EmptyBoard({board, onAdd, onShowBurndown}: EmptyBoardProps) {
  if (board.sprint.status === 'closed') {
    return (
      <Empty
        title={`${board.sprint.name} is closed`}
        detail={`It contains no ${board.stories.length > 0 ? 'tasks' : 'stories'}. Open stories moved when it closed.`}
      >
        <button type="button" className="button" onClick={onShowBurndown}>
          See the burndown
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
      {onAdd && (
        <div className="empty-actions">
          <button type="button" className="button" data-kind="primary" onClick={() => onAdd({kind})}>
            {label}
          </button>
          {kind === 'new-story' && (
            <button type="button" className="button" onClick={() => onAdd({kind: 'plan-sprint'})}>
              Choose from the backlog
            </button>
          )}
        </div>
      )}
    </Empty>
  )
}
