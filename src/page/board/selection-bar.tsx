/** The bar at the foot of the board while cards are selected. It changes all selected tasks at once. */
import {type ReactNode, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState} from 'react'
import type {Board, BoardTask, TaskChanges} from '../../client/client.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {
  CalendarIcon,
  CloseIcon,
  PersonIcon,
  PriorityIcon,
  StatusIcon,
  StoryIcon,
  TrashIcon,
} from '../parts/icons.tsx'
import {addStyles} from '../parts/late-styles.ts'
import {Menu, type MenuItem} from '../parts/menu.tsx'
import {MenuButton} from '../parts/menu-button.tsx'
import {LabelIcon} from '../parts/more-icons.tsx'
import {useObservable} from '../parts/observable.ts'
import {priorities, priorityLabels, statuses, statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import type {TaskField} from '../undo/act.ts'
import {findCard} from './board-keys.ts'
import type {SelectedCards} from './selected-cards.ts'
import {maxTasks, mayAssignAll, mayDeleteAll, sameChange, statusRequests} from './selected-changes.ts'
import {SelectedTasksDialog, type SelectedTasksDialogKind} from './selected-dialogs.tsx'
import {selectedText} from './selected-text.ts'
import styles from './selection-bar.css?inline'
import {useSentRequests} from './send-requests.ts'

addStyles(styles)

interface SelectionBarProps {
  board: Board
  selection: SelectedCards
  /** The ids of the cards that the filter shows. */
  shownIds: readonly string[]
}

export function SelectionBar({board, selection, shownIds}: SelectionBarProps) {
  const {me} = useSession()
  const [dialog, setDialog] = useState<SelectedTasksDialogKind>()
  const {isBusy, send} = useSentRequests()
  const tasks = useSelectedTasks(board, selection)
  const shown = new Set(shownIds)
  const hidden = tasks.filter(({id}) => !shown.has(id)).length
  const bar = useRef<HTMLElement>(null)

  function clear() {
    // The focus must not be lost with the bar.
    const card = bar.current?.contains(document.activeElement) && tasks[0]
    if (card) findCard(document.body, card.id)?.focus()
    selection.set([])
  }
  useEscape(clear)
  useFocusAfterwards(bar, tasks)

  const change = (changes: TaskChanges, fields: readonly TaskField[]) =>
    void send(tasks, sameChange(tasks, changes), fields)

  const statusItems = statuses.map((status): MenuItem => {
    const requests = statusRequests(tasks, status, me)
    return {
      label: statusLabels[status],
      icon: <StatusIcon status={status} />,
      isDisabled: !requests,
      onSelect: () => void send(tasks, requests!, ['status', 'owner_user_id']),
    }
  })
  const priorityItems = [
    ...priorities.map(
      (priority): MenuItem => ({
        label: priorityLabels[priority],
        icon: <PriorityIcon priority={priority} />,
        onSelect: () => change({priority}, ['priority']),
      }),
    ),
    {label: 'No priority', onSelect: () => change({priority: null}, ['priority'])},
  ]
  const mayAssign = mayAssignAll(tasks, me.user_id, me) || mayAssignAll(tasks, null, me)

  return (
    <section ref={bar} className="selection-bar" aria-label="Selected tasks" aria-busy={isBusy}>
      <p role="status">
        <span className="visually-hidden">{selectedText(tasks.length, hidden)}</span>
        <span aria-hidden="true" title={selectedText(tasks.length, hidden)}>
          {tasks.length} selected
          {hidden > 0 && ` (${hidden} hidden)`}
        </span>
      </p>
      {tasks.length > maxTasks ? (
        <p>Select at most {maxTasks} tasks to change them.</p>
      ) : (
        <div className="selection-actions">
          {statusItems.some(({isDisabled}) => !isDisabled) && (
            <BarMenu label="Status" icon={<StatusIcon status="in_progress" />} items={statusItems} />
          )}
          {mayAssign && <BarButton label="Owner" icon={<PersonIcon />} onClick={() => setDialog('owner')} />}
          <BarMenu label="Priority" icon={<PriorityIcon priority="high" />} items={priorityItems} />
          <BarButton label="Labels" icon={<LabelIcon />} onClick={() => setDialog('labels')} />
          <BarButton label="Due date" icon={<CalendarIcon />} onClick={() => setDialog('due')} />
          <BarButton label="Move" icon={<StoryIcon />} onClick={() => setDialog('story')} />
          {mayDeleteAll(tasks, me) && (
            <BarButton
              label="Delete"
              icon={<TrashIcon />}
              tone="danger"
              onClick={() => setDialog('delete')}
            />
          )}
        </div>
      )}
      <IconButton label="Clear the selection" title="Clear the selection (Esc)" onClick={clear}>
        <CloseIcon />
      </IconButton>
      {dialog && (
        <SelectedTasksDialog
          kind={dialog}
          tasks={tasks}
          hidden={hidden}
          board={board}
          onChange={change}
          onDeleted={() => selection.set([])}
          onClose={() => setDialog(undefined)}
        />
      )}
    </section>
  )
}

/** Returns the selected tasks. A task that leaves the board is no longer selected. */
function useSelectedTasks(board: Board, selection: SelectedCards): BoardTask[] {
  const selected = useObservable(selection.ids)
  const known = useMemo(
    () => new Map(board.stories.flatMap(({tasks}) => tasks).map(task => [task.id, task])),
    [board],
  )
  const tasks = [...selected].flatMap(id => known.get(id) ?? [])
  useEffect(() => {
    if (tasks.length < selected.size) selection.set(tasks.map(({id}) => id))
  })
  return tasks
}

/** When the bar disappears because its tasks were deleted or moved away, a card that was not selected gets the focus. */
function useFocusAfterwards(bar: RefObject<HTMLElement | null>, tasks: readonly BoardTask[]): void {
  const ids = useRef<readonly string[]>([])
  if (tasks.length > 0) ids.current = tasks.map(({id}) => id)
  useLayoutEffect(() => {
    const {current} = bar
    return () => {
      const hasFocus = current!.contains(document.activeElement) || current!.querySelector('dialog') !== null
      // The dialog in the bar closes later.
      if (hasFocus) queueMicrotask(() => cardBeside(ids.current)?.focus())
    }
  }, [bar])
}

/** Returns the first card after the cards with these ids, or else the last card before them. */
function cardBeside(ids: readonly string[]): HTMLElement | undefined {
  const cards = [...document.querySelectorAll<HTMLElement>('[data-task]')]
  const isOneOf = ({dataset}: HTMLElement) => ids.includes(dataset.task!)
  const first = cards.findIndex(isOneOf)
  const others = (cards: HTMLElement[]) => cards.filter(card => !isOneOf(card))
  return others(cards.slice(first + 1))[0] ?? others(cards).at(-1)
}

/** Escape clears the selection, except in a dialog, a menu, a list of the top bar, or a text field. It first closes the panel. */
function useEscape(clear: () => void): void {
  const latest = useRef(clear)
  latest.current = clear
  useEffect(() => {
    const stop = new AbortController()
    const onKeyDown = ({key, target, defaultPrevented}: KeyboardEvent) => {
      const isElsewhere =
        (target as Element).closest('dialog, [role=menu], .drop, input[type=search]') !== null ||
        document.querySelector('dialog:modal, dialog[data-kind=side], [role=menu]') !== null
      if (key === 'Escape' && !defaultPrevented && !isElsewhere) latest.current()
    }
    addEventListener('keydown', onKeyDown, {signal: stop.signal})
    return () => stop.abort()
  }, [])
}

interface BarButtonProps {
  label: string
  icon: ReactNode
  tone?: 'danger'
  onClick(): void
}

function BarButton({label, icon, tone, onClick}: BarButtonProps) {
  return (
    <button
      type="button"
      className="selection-button"
      data-tone={tone}
      title={label}
      aria-haspopup="dialog"
      onClick={onClick}
    >
      {icon}
      <span className="selection-label">{label}</span>
    </button>
  )
}

function BarMenu({label, icon, items}: Omit<BarButtonProps, 'onClick'> & {items: MenuItem[]}) {
  return (
    <MenuButton
      label={label}
      title={label}
      className="selection-button"
      menu={anchored => (
        <Menu label={label} title={`${label} of the selected tasks`} items={items} {...anchored} />
      )}
    >
      {icon}
      <span className="selection-label">{label}</span>
    </MenuButton>
  )
}
