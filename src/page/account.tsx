/** Who one is, how the page looks, another window as somebody else, and the way out. */
import {useId, useRef, useState} from 'react'
import {Avatar} from './avatar.tsx'
import {useDismiss} from './dismiss.ts'
import {useLoaded} from './loaded.ts'
import {useSession} from './session.tsx'
import {type Settings, useSettings} from './settings.ts'
import {readDemoMembers} from './sign-in.tsx'
import {useToasts} from './toasts.tsx'
import {roleLabels} from './words.ts'

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
        <span className="visually-hidden">{me.name}: account</span>
      </button>
      <div id={panelId} className="drop-panel account-panel" hidden={!isOpen}>
        {isOpen && <AccountPanel />}
      </div>
    </div>
  )
}

const themes: [Settings['theme'], string][] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

function AccountPanel() {
  const {me, api, signOut} = useSession()
  const {warn} = useToasts()
  const [{theme}, change] = useSettings()
  const demo = useLoaded('demo', () => readDemoMembers(api))

  return (
    <>
      <p className="account-who">
        <strong>{me.name}</strong>
        <span className="muted">{roleLabels[me.role]}</span>
      </p>
      <fieldset className="segmented">
        <legend className="visually-hidden">Appearance</legend>
        {themes.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="theme"
              checked={theme === value}
              onChange={() => change({theme: value})}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {demo.value && (
        <a className="button" href={otherWindow()} target="_blank" rel="noreferrer">
          Open a window as somebody else
        </a>
      )}
      <button
        type="button"
        className="button"
        onClick={() =>
          signOut().catch(() =>
            warn({
              title: 'You are still signed in',
              detail: 'The server does not answer. Try again in a moment.',
            }),
          )
        }
      >
        Sign out
      </button>
    </>
  )
}

/** This page under the machine's other name: cookies belong to a name, so there one can be somebody else. */
function otherWindow(): string {
  const url = new URL(location.href)
  url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  return url.href
}
