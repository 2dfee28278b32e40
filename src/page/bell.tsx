/** What waits for the viewer: in step on all their devices, because reading it is told on the stream as well. */
import {useId, useRef, useState} from 'react'
import {useDismiss} from './dismiss.ts'
import {BellIcon} from './icons.tsx'

export function Bell() {
  const [isOpen, setOpen] = useState(false)
  const area = useRef<HTMLDivElement>(null)
  const panelId = useId()
  useDismiss(area, isOpen, () => setOpen(false))
  return (
    <div className="drop" ref={area}>
      <button
        type="button"
        className="icon-button"
        aria-label="Notifications"
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={() => setOpen(!isOpen)}
      >
        <BellIcon />
      </button>
      <div id={panelId} className="drop-panel" hidden={!isOpen} />
    </div>
  )
}
