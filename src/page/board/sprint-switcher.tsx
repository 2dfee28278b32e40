/** The button next to the sprint's name. It opens a menu of the other sprints of the project. */
import {useCallback, useRef, useState} from 'react'
import type {Sprint} from '../../client/client.ts'
import {SwitchIcon} from '../parts/icons.tsx'
import {lazyMenu} from '../parts/lazy-part.tsx'

export const SprintMenu = lazyMenu(async () => (await import('./sprint-menu.tsx')).SprintMenu)

export function SprintSwitcher({sprint}: {sprint: Sprint}) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback(() => setOpen(false), [])
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label="Switch to another sprint"
        title="Switch to another sprint"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <SwitchIcon />
      </button>
      {isOpen && (
        <SprintMenu sprint={sprint} findAnchor={() => button.current ?? undefined} onClose={close} />
      )}
    </>
  )
}
