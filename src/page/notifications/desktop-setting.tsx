import {useState} from 'react'
import {useSettings} from '../parts/settings.ts'
import {isSupported} from './desktop.ts'

/** The checkbox that turns desktop notifications on and off. */
export function DesktopSetting() {
  const [{hasDesktopNotes}, change] = useSettings()
  const [isDenied, setDenied] = useState(false)
  if (!isSupported) return null

  async function choose(isChosen: boolean) {
    const permission = isChosen ? await Notification.requestPermission() : 'default'
    setDenied(isChosen && permission !== 'granted')
    change({hasDesktopNotes: permission === 'granted'})
  }

  return (
    <div className="bell-foot">
      <label>
        <input
          type="checkbox"
          checked={hasDesktopNotes && Notification.permission === 'granted'}
          onChange={event => void choose(event.currentTarget.checked)}
        />
        <span>
          Desktop notifications <span className="muted">while this page is hidden</span>
        </span>
      </label>
      {isDenied && (
        <p role="alert">
          Your browser blocks notifications. Allow them for this site in the settings of the browser.
        </p>
      )}
    </div>
  )
}
