/** The status of the open task, the main action, and a menu with all other actions. */
import {type RefObject, useLayoutEffect, useRef, useState} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {MoreIcon, StatusIcon} from '../parts/icons.tsx'
import {Menu} from '../parts/menu.tsx'
import {singlePress} from '../parts/single-press.ts'
import {actionLabel, statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {menuItemsFor, type TaskDialog} from './task-menu.tsx'
import {nextStatus, type Step, stepsTo} from './task-moves.ts'

interface PanelActionsProps {
  task: BoardTask
  /** The button that opens the menu of the panel. */
  more: RefObject<HTMLButtonElement | null>
  run(task: BoardTask, steps: Step[]): void
}

export function PanelActions({task, more, run}: PanelActionsProps) {
  const {me} = useSession()
  const hasActed = useRef(false)
  const next = nextStatus(task, me)

  // The last action of a task removes the button that was pressed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect must run after each change of the status
  useLayoutEffect(() => {
    if (hasActed.current && document.activeElement === document.body) more.current?.focus()
    hasActed.current = false
  }, [task.status])

  return (
    <div className="panel-actions">
      <span className="panel-status">
        <StatusIcon status={task.status} />
        {statusLabels[task.status]}
      </span>
      {next && (
        <button
          type="button"
          className="button"
          data-kind="primary"
          {...singlePress(() => {
            hasActed.current = true
            run(task, stepsTo(task, next, me)!)
          })}
        >
          {actionLabel(task.status, next)}
        </button>
      )}
    </div>
  )
}

interface PanelMenuProps extends PanelActionsProps {
  onOpen(dialog: TaskDialog): void
  /** Whether the viewer has asked for the release of the task and has no answer yet. */
  isReleaseRequested: boolean
}

export function PanelMenu({task, more, run, onOpen, isReleaseRequested}: PanelMenuProps) {
  const {me} = useSession()
  const [isMenuOpen, setMenuOpen] = useState(false)
  return (
    <>
      {me.role !== 'viewer' && (
        <button
          ref={more}
          type="button"
          className="icon-button"
          aria-label="More actions"
          title="More actions"
          aria-haspopup="menu"
          aria-expanded={isMenuOpen}
          // This button gets the focus after the last action, while the Enter key may still be held.
          {...singlePress(() => setMenuOpen(!isMenuOpen))}
        >
          <MoreIcon />
        </button>
      )}
      {isMenuOpen && (
        <Menu
          label={`Move or edit: ${task.title}`}
          title={task.title}
          findAnchor={() => more.current ?? undefined}
          items={menuItemsFor(task, me, {run, onOpen, isReleaseRequested})}
          onClose={() => setMenuOpen(false)}
        />
      )}
    </>
  )
}
