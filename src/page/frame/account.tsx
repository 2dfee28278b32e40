/** The button that opens the account menu. */
import {useId, useRef, useState} from 'react'
import {Avatar} from '../parts/avatar.tsx'
import {useDismiss} from '../parts/dismiss.ts'
import {lazyPanel} from '../parts/lazy-part.tsx'
import {useSession} from '../session/session.tsx'

export const AccountPanel = lazyPanel(async () => (await import('./account-panel.tsx')).AccountPanel)

export function Account() {
  const {me} = useSession()
  const [isOpen, setOpen] = useState(false)
  const area = useRef<HTMLDivElement>(null)
  const panelId = useId()
  useDismiss(area, isOpen, () => setOpen(false))

  return (
    <div className="drop" ref={area}>
      <button
        type="button"
        className="account-button"
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={() => setOpen(!isOpen)}
      >
        <Avatar name={me.name} isMe />
        <span className="visually-hidden">Account: {me.name}</span>
      </button>
      <div id={panelId} className="drop-panel account-panel" hidden={!isOpen}>
        {isOpen && <AccountPanel />}
      </div>
    </div>
  )
}
